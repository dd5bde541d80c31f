package io.github.seeddelta.nat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The scored rows of one chunk of text.
///
/// @param chunk number of the chunk in the text, from 0
/// @param rows one row of `vocabSize` native floats for each target; valid until the scorer decodes again
/// @param targets the token that really came after each row's context
public record ChunkLogits(int chunk, MemorySegment rows, int vocabSize, int[] targets) {
    /// −ln p of every target, in nats and in the order of the text.
    public double[] nll(int threads) {
        return Scoring.nll(rows, vocabSize, targets, threads);
    }

    /// The divergence of `model` from these rows.
    ///
    /// @param model the same chunk, decoded by another model with the same vocabulary
    public Divergence compare(ChunkLogits model, int threads) {
        if (model.chunk != chunk || model.vocabSize != vocabSize || !Arrays.equals(model.targets, targets)) {
            throw new IllegalArgumentException("chunk " + model.chunk + " of another text or vocabulary");
        }
        return Scoring.compare(rows, model.rows, vocabSize, targets, threads);
    }
}
