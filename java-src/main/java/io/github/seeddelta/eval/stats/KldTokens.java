package io.github.seeddelta.eval.stats;

/// What comparing two distributions gave for each scored token of a chunk, in token order.
///
/// Shapes: all arrays have one entry per token. Ownership: shared, not copied; do not write after handing over.
///
/// @param kld      KL(base ‖ model) over the vocabulary, nats
/// @param pBase    probability of the true next token under the base
/// @param pModel   the same under the model
/// @param sameTop1 whether both rank the same token first
public record KldTokens(double[] kld, double[] pBase, double[] pModel, boolean[] sameTop1) {
    public KldTokens {
        if (pBase.length != kld.length || pModel.length != kld.length || sameTop1.length != kld.length) {
            throw new IllegalArgumentException("KLD arrays of one chunk differ in length");
        }
    }

    public int count() {
        return kld.length;
    }
}
