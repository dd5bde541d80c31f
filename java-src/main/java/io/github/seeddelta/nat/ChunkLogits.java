package io.github.seeddelta.nat;

import java.lang.foreign.MemorySegment;

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
}
