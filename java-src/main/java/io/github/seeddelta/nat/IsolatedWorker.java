package io.github.seeddelta.nat;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/// Main class of the child process of [Isolated]: runs the job whose class is named, once.
final class IsolatedWorker {
    private static final int EXIT_PARENT_GONE = 130;

    private IsolatedWorker() {}

    public static void main(String[] args) throws IOException {
        PrintStream parent = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        send(parent, new IsolatedMessage.Ready());
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String request = input.readLine();
        if (request == null) {
            Runtime.getRuntime().halt(EXIT_PARENT_GONE);
            return;
        }
        Thread.ofPlatform().daemon().start(() -> haltWithParent(input));
        send(parent, answer(args[0], request, parent));
    }

    private static IsolatedMessage answer(String jobClass, String request, PrintStream parent) {
        try {
            IsolatedJob job = Class.forName(jobClass)
                    .asSubclass(IsolatedJob.class)
                    .getConstructor()
                    .newInstance();
            return new IsolatedMessage.Answer(job.run(
                    IsolatedMessage.MAPPER.readTree(request), event -> send(parent, new IsolatedMessage.Event(event))));
        } catch (NativeException e) {
            return failure(e.status(), String.valueOf(e.getMessage()), e);
        } catch (OutOfMemoryError e) {
            return failure(NativeStatus.NO_MEMORY, "not enough memory: " + e.getMessage(), e);
        } catch (Throwable e) {
            return failure(NativeStatus.INTERNAL, e.toString(), e);
        }
    }

    private static IsolatedMessage.Failure failure(NativeStatus status, String message, Throwable cause) {
        StringWriter stackTrace = new StringWriter();
        cause.printStackTrace(new PrintWriter(stackTrace));
        return new IsolatedMessage.Failure(status, message, stackTrace.toString());
    }

    private static synchronized void send(PrintStream parent, IsolatedMessage message) {
        parent.print(message.line());
        parent.flush();
    }

    private static void haltWithParent(BufferedReader input) {
        try {
            while (input.readLine() != null) {}
        } catch (IOException e) {
            // The pipe is gone, and the parent with it.
        }
        Runtime.getRuntime().halt(EXIT_PARENT_GONE);
    }
}
