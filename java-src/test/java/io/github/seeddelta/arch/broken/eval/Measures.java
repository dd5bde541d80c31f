package io.github.seeddelta.arch.broken.eval;

import io.github.seeddelta.arch.broken.bindings.llama.Generated;
import java.lang.foreign.MemorySegment;
import picocli.CommandLine;

/// Breaks: only nat imports bindings; only nat and bindings speak FFM; only cli parses arguments; only Main exits.
public record Measures(Generated generated, MemorySegment logits, CommandLine line) {
    void leave() {
        System.exit(1);
    }
}
