package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.Session;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/// Makes command objects: those that ask for the session get it.
final class SessionFactory implements IFactory {
    private final Session session;
    private final IFactory fallback = CommandLine.defaultFactory();

    SessionFactory(Session session) {
        this.session = session;
    }

    @Override
    public <K> K create(Class<K> type) throws Exception {
        Optional<Constructor<?>> wanted = Arrays.stream(type.getDeclaredConstructors())
                .filter(constructor -> Arrays.equals(constructor.getParameterTypes(), new Class<?>[] {Session.class}))
                .findFirst();
        if (wanted.isEmpty()) {
            return fallback.create(type);
        }
        try {
            return type.cast(wanted.get().newInstance(session));
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
