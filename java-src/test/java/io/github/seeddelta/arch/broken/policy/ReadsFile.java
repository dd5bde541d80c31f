package io.github.seeddelta.arch.broken.policy;

import io.github.seeddelta.arch.broken.gate.Decides;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Breaks: pure packages do no input or output; with gate, no cycles.
public record ReadsFile(Decides gate) {
    String text(Path file) throws IOException {
        return Files.readString(file);
    }
}
