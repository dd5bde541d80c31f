package io.github.seeddelta.cli.frame;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/// What has to be undone when the user stops the program: children to end, temporary folders to remove.
///
/// The JVM answers SIGINT by running shutdown hooks and exiting with 130; this class is one such hook. Thread-safe.
public final class Interrupts implements AutoCloseable {

    /// Takes the action back once it is no longer needed.
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /// Something that makes what an interrupt has to undo.
    public interface Maker<T> {
        T make() throws IOException;
    }

    /// A made thing with its entry here.
    public record Guarded<T>(T value, Registration registration) implements AutoCloseable {
        @Override
        public void close() {
            registration.close();
        }
    }

    private final Deque<Runnable> actions = new ArrayDeque<>();
    private final Thread hook;
    private volatile boolean interrupted;

    public Interrupts(PrintStream err) {
        hook = Thread.ofPlatform().name("interrupt").unstarted(() -> stop(err));
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /// Makes a thing that the interrupt will undo. An interrupt comes before it is made or after it is entered, never
    /// between.
    ///
    /// Errors: what the maker throws; [CliException.Interrupted] when it is too late.
    public <T> Guarded<T> guard(Maker<T> maker, Consumer<T> undo) throws IOException {
        synchronized (actions) {
            if (interrupted) {
                throw new CliException.Interrupted();
            }
            T value = maker.make();
            Runnable action = () -> undo.accept(value);
            actions.push(action);
            return new Guarded<>(value, () -> remove(action));
        }
    }

    /// For a thing that exists already. Runs the action at once when the interrupt has been.
    public Registration onInterrupt(Runnable action) {
        synchronized (actions) {
            if (interrupted) {
                action.run();
            }
            actions.push(action);
        }
        return () -> remove(action);
    }

    private void remove(Runnable action) {
        synchronized (actions) {
            actions.remove(action);
        }
    }

    public boolean interrupted() {
        return interrupted;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            interrupted = true;
        }
    }

    private void stop(PrintStream err) {
        synchronized (actions) {
            interrupted = true;
            err.println("seeddelta: interrupted");
            for (Runnable action : actions) {
                action.run();
            }
        }
    }
}
