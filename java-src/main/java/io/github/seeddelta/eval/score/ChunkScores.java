package io.github.seeddelta.eval.score;

import io.github.seeddelta.eval.stats.KldTokens;
import java.util.Optional;

/// What one model said about one chunk.
///
/// @param nll negative log-likelihood in nats of each scored token, in token order; shared, not copied
/// @param kld divergence from the base for the same tokens; empty when it was not asked for
public record ChunkScores(double[] nll, Optional<KldTokens> kld) {
    public ChunkScores {
        if (kld.isPresent() && kld.get().count() != nll.length) {
            throw new IllegalArgumentException(kld.get().count() + " divergences for " + nll.length + " scored tokens");
        }
    }

    public static ChunkScores ofNll(double[] nll) {
        return new ChunkScores(nll, Optional.empty());
    }

    public static ChunkScores ofNllAndKld(double[] nll, KldTokens kld) {
        return new ChunkScores(nll, Optional.of(kld));
    }
}
