package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.Host;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// One call of the program inside the test, and what came of it.
public record Run(int exitCode, String out, String err) {

    public static Run of(Host host, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = new SeedDelta(host).run(stream(out), stream(err), args);
        return new Run(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /// The whole of it as text, for golden files.
    public String transcript() {
        return "exit " + exitCode + "\n--- out\n" + out + "--- err\n" + err;
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }
}
