package io.github.seeddelta.nat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/// The lines of a process's standard output, read in a thread of its own so that whoever waits for them can be
/// interrupted.
final class WorkerOutput implements AutoCloseable {
    private static final int MAX_WAITING_LINES = 256;

    private final BlockingQueue<Optional<String>> lines = new ArrayBlockingQueue<>(MAX_WAITING_LINES);
    private final Thread reader;

    WorkerOutput(InputStream output) {
        reader = Thread.ofPlatform().daemon().name("seeddelta-worker-output").start(() -> read(output));
    }

    /// The next line; empty at the end of the output.
    Optional<String> next() throws InterruptedException {
        return lines.take();
    }

    /// Gives up lines that nobody waits for. The thread ends with the process.
    @Override
    public void close() {
        reader.interrupt();
    }

    private void read(InputStream output) {
        try {
            try (BufferedReader text = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
                for (String line = text.readLine(); line != null; line = text.readLine()) {
                    lines.put(Optional.of(line));
                }
            } catch (IOException e) {
                // A process that died mid-line has no more output.
            }
            lines.put(Optional.empty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
