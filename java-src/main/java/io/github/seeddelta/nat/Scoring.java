package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Negative log likelihoods and divergences from logits (`sd_score`, `sd_compare`), computed as llama-perplexity does.
public final class Scoring {
    private Scoring() {}

    /// nll[i] = −ln softmax(logits[i, :])[targets[i]], in nats.
    ///
    /// @param logits at least `targets.length` rows of `vocabSize` native floats
    public static double[] nll(MemorySegment logits, int vocabSize, int[] targets, int threads) {
        checkSize(logits, vocabSize, targets);
        try (NativeCall call = new NativeCall()) {
            MemorySegment targetIds = call.allocateFrom(ValueLayout.JAVA_INT, targets);
            MemorySegment nll = call.allocate(ValueLayout.JAVA_DOUBLE, targets.length);
            call.check(SeedDeltaC.sd_score(logits, targets.length, vocabSize, targetIds, threads, nll, call.error()));
            return nll.toArray(ValueLayout.JAVA_DOUBLE);
        }
    }

    /// How far `model` is from `base` on the same targets. Equal rows give a divergence of exactly 0.
    ///
    /// @param base  at least `targets.length` rows of `vocabSize` native floats
    /// @param model the same of the other model
    public static Divergence compare(
            MemorySegment base, MemorySegment model, int vocabSize, int[] targets, int threads) {
        checkSize(base, vocabSize, targets);
        checkSize(model, vocabSize, targets);
        int rows = targets.length;
        try (NativeCall call = new NativeCall()) {
            MemorySegment targetIds = call.allocateFrom(ValueLayout.JAVA_INT, targets);
            MemorySegment kld = call.allocate(ValueLayout.JAVA_DOUBLE, rows);
            MemorySegment pBase = call.allocate(ValueLayout.JAVA_DOUBLE, rows);
            MemorySegment pModel = call.allocate(ValueLayout.JAVA_DOUBLE, rows);
            MemorySegment same = call.allocate(ValueLayout.JAVA_BYTE, rows);
            call.check(SeedDeltaC.sd_compare(
                    base, model, rows, vocabSize, targetIds, threads, kld, pBase, pModel, same, call.error()));
            boolean[] sameTop1 = new boolean[rows];
            for (int i = 0; i < rows; i++) {
                sameTop1[i] = same.getAtIndex(ValueLayout.JAVA_BYTE, i) != 0;
            }
            return new Divergence(
                    kld.toArray(ValueLayout.JAVA_DOUBLE),
                    pBase.toArray(ValueLayout.JAVA_DOUBLE),
                    pModel.toArray(ValueLayout.JAVA_DOUBLE),
                    sameTop1);
        }
    }

    private static void checkSize(MemorySegment logits, int vocabSize, int[] targets) {
        long neededBytes = (long) targets.length * vocabSize * ValueLayout.JAVA_FLOAT.byteSize();
        if (logits.byteSize() < neededBytes) {
            throw new IllegalArgumentException(logits.byteSize() + " bytes of logits, " + neededBytes + " needed");
        }
    }
}
