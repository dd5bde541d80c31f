package io.github.seeddelta.nat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Drains the standard error of a process and keeps its last lines.
final class StderrTail {
    private static final int MAX_LINES = 200;
    private static final int MAX_LINE_CHARS = 500;
    private static final Pattern TELLING = Pattern.compile("(?i)assert|error|fail|abort|invalid|terminate|what\\(\\)");

    private final Deque<String> lines = new ArrayDeque<>();
    private final Thread thread;

    StderrTail(InputStream stderr, Consumer<String> listener) {
        thread = Thread.ofPlatform().daemon().name("seeddelta-stderr").start(() -> drain(stderr, listener));
    }

    /// Waits until the process has closed its standard error.
    void await() throws InterruptedException {
        thread.join();
    }

    /// The last line that speaks of an error, or else the empty string.
    synchronized String lastError() {
        return List.copyOf(lines).reversed().stream()
                .filter(line -> TELLING.matcher(line).find())
                .findFirst()
                .orElse("");
    }

    synchronized void add(String line) {
        if (line.isBlank()) {
            return;
        }
        if (lines.size() == MAX_LINES) {
            lines.removeFirst();
        }
        lines.addLast(line.strip().substring(0, Math.min(line.strip().length(), MAX_LINE_CHARS)));
    }

    private void drain(InputStream stderr, Consumer<String> listener) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stderr, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                add(line);
                listener.accept(line);
            }
        } catch (IOException e) {
            add("standard error of the worker broke off: " + e.getMessage());
        }
    }
}
