package io.github.seeddelta.nat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Runs an [IsolatedJob] in a child process with the same Java, class path and `seeddelta.*` properties, so that native
/// code which aborts or crashes on a file ends as an exception here.
///
/// Request, events and answer are JSON. The child ends when this process does. Standard error of the child is read to
/// its end and its last lines are kept for messages.
public final class Isolated {
    private static final int SIGNAL_BASE = 128;
    private static final int SIGKILL = 9;

    private final String subject;
    private final Consumer<JsonNode> events;
    private final Consumer<String> stderr;

    private Isolated(String subject, Consumer<JsonNode> events, Consumer<String> stderr) {
        this.subject = subject;
        this.events = events;
        this.stderr = stderr;
    }

    /// @param subject the file that the job works on, for the message of a crash
    /// @param events gets what the job reports, in the calling thread
    /// @param stderr gets every line of the child's standard error, in another thread
    /// @return the job's answer
    /// @throws NativeException what the job threw; [NativeException.Input] when native code crashed;
    /// [NativeException.NoMemory] when the system killed it; [NativeException.Cancelled] when this thread was
    /// interrupted
    public static JsonNode run(
            Class<? extends IsolatedJob> job,
            JsonNode request,
            String subject,
            Consumer<JsonNode> events,
            Consumer<String> stderr) {
        return run(List.of(), job, request, subject, events, stderr);
    }

    /// @param javaOptions for the child's Java, before those that every child gets
    public static JsonNode run(
            List<String> javaOptions,
            Class<? extends IsolatedJob> job,
            JsonNode request,
            String subject,
            Consumer<JsonNode> events,
            Consumer<String> stderr) {
        return new Isolated(subject, events, stderr).run(builder(javaOptions, job.getName()), request);
    }

    private JsonNode run(ProcessBuilder builder, JsonNode request) {
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new NativeException.Io("the worker process cannot be started: " + e.getMessage());
        }
        StderrTail tail = new StderrTail(process.getErrorStream(), stderr);
        try (OutputStream input = process.getOutputStream();
                WorkerOutput output = new WorkerOutput(process.getInputStream())) {
            send(input, request);
            return converse(process, output, tail);
        } catch (IOException e) {
            throw new NativeException.Io("the connection to the worker process broke: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NativeException.Cancelled("cancelled");
        } finally {
            process.destroyForcibly();
        }
    }

    private JsonNode converse(Process process, WorkerOutput output, StderrTail tail) throws InterruptedException {
        boolean started = false;
        for (Optional<String> line = output.next(); line.isPresent(); line = output.next()) {
            IsolatedMessage message = IsolatedMessage.parse(line.get()).orElse(null);
            switch (message) {
                case null -> tail.add(line.get());
                case IsolatedMessage.Ready ignored -> started = true;
                case IsolatedMessage.Event event -> events.accept(event.value());
                case IsolatedMessage.Answer answer -> {
                    return answer.value();
                }
                case IsolatedMessage.Failure failure -> {
                    failure.stackTrace().lines().forEach(stderr);
                    throw NativeException.of(failure.status(), failure.message());
                }
            }
        }
        int exitValue = process.waitFor();
        tail.await();
        throw death(exitValue, started, tail);
    }

    private NativeException death(int exitValue, boolean started, StderrTail tail) {
        String words = tail.lastError().isEmpty() ? ended(exitValue) : tail.lastError();
        if (exitValue == SIGNAL_BASE + SIGKILL) {
            return new NativeException.NoMemory("the system killed the worker process on " + subject
                    + ", most likely because memory ran out; close other programs or use a smaller context");
        }
        if (!started) {
            return new NativeException.Internal("the worker process did not start: " + words);
        }
        return new NativeException.Input("native code stopped on " + subject + ": " + words);
    }

    private static String ended(int exitValue) {
        return exitValue > SIGNAL_BASE ? "signal " + (exitValue - SIGNAL_BASE) : "it ended without a message";
    }

    private static void send(OutputStream input, JsonNode request) {
        try {
            input.write((IsolatedMessage.write(request) + "\n").getBytes(StandardCharsets.UTF_8));
            input.flush();
        } catch (IOException e) {
            // The worker is gone already; what it said and how it ended is found when its output is read.
        }
    }

    private static ProcessBuilder builder(List<String> javaOptions, String jobClass) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaOptions);
        command.add("-XX:+SuppressFatalErrorMessage");
        command.add("-XX:-CreateCoredumpOnCrash");
        command.add("--enable-native-access=ALL-UNNAMED");
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith("seeddelta.") && !name.equals(NativeLog.PROPERTY)) {
                command.add("-D" + name + "=" + System.getProperty(name));
            }
        }
        command.add("-D" + NativeLog.PROPERTY + "=all");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(IsolatedWorker.class.getName());
        command.add(jobClass);
        ProcessBuilder builder = new ProcessBuilder(command);
        // ggml would start a debugger to print a back trace.
        builder.environment().put("GGML_NO_BACKTRACE", "1");
        return builder;
    }
}
