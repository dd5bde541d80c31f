package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Negative log likelihoods from logits (`sd_score`), computed as llama-perplexity does.
public final class Scoring {
    private Scoring() {}

    /// nll[i] = −ln softmax(logits[i, :])[targets[i]], in nats.
    ///
    /// @param logits at least `targets.length` rows of `vocabSize` native floats
    public static double[] nll(MemorySegment logits, int vocabSize, int[] targets, int threads) {
        long neededBytes = (long) targets.length * vocabSize * ValueLayout.JAVA_FLOAT.byteSize();
        if (logits.byteSize() < neededBytes) {
            throw new IllegalArgumentException(logits.byteSize() + " bytes of logits, " + neededBytes + " needed");
        }
        try (NativeCall call = new NativeCall()) {
            MemorySegment targetIds = call.allocateFrom(ValueLayout.JAVA_INT, targets);
            MemorySegment nll = call.allocate(ValueLayout.JAVA_DOUBLE, targets.length);
            call.check(SeedDeltaC.sd_score(logits, targets.length, vocabSize, targetIds, threads, nll, call.error()));
            return nll.toArray(ValueLayout.JAVA_DOUBLE);
        }
    }
}
