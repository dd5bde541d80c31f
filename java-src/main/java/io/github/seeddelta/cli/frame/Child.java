package io.github.seeddelta.cli.frame;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A program run to its end, with its two output streams read as one.
public final class Child {
    private static final int PATIENCE_SECONDS = 2;

    private final Interrupts interrupts;
    private final Map<String, String> variables;

    public Child(Interrupts interrupts, Map<String, String> variables) {
        this.interrupts = interrupts;
        this.variables = variables;
    }

    /// Runs the program and hands over each line as it comes; returns the exit status.
    ///
    /// Errors: [IOException] when it cannot be started; [CliException.Interrupted] when this thread is interrupted.
    /// The child does not outlive an interrupt.
    public int run(Path folder, List<String> command, Map<String, String> extra, Consumer<String> line)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(variables);
        builder.environment().putAll(extra);
        try (Interrupts.Guarded<Process> guarded = interrupts.guard(builder::start, Child::end)) {
            return readToEnd(guarded.value(), line);
        }
    }

    private static int readToEnd(Process process, Consumer<String> line) throws IOException {
        try {
            process.getOutputStream().close();
            try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
                for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                    line.accept(text);
                }
            }
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException.Interrupted();
        } finally {
            end(process);
        }
    }

    /// Asks the child and its children to end, and insists after a moment.
    private static void end(Process process) {
        if (!process.isAlive()) {
            return;
        }
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
