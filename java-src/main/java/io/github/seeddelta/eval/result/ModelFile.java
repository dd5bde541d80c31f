package io.github.seeddelta.eval.result;

import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// A model file that was measured.
///
/// @param sha256  hex digest of the file
/// @param weights number of weights that the model has when all are dense; empty when not known
public record ModelFile(String path, String sha256, long sizeBytes, OptionalLong weights) {
    /// Bits of the file per weight, metadata and tokenizer included.
    public OptionalDouble bitsPerWeight() {
        return weights.isPresent() && weights.getAsLong() > 0
                ? OptionalDouble.of(8.0 * sizeBytes / weights.getAsLong())
                : OptionalDouble.empty();
    }

    public String fileName() {
        Path name = Path.of(path).getFileName();
        return name == null ? path : name.toString();
    }
}
