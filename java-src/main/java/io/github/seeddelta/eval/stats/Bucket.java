package io.github.seeddelta.eval.stats;

import java.util.List;
import java.util.Optional;

/// Scores of base and model over the same chunks at one context length.
///
/// @param ctx           tokens per chunk
/// @param chunks        number of chunks
/// @param tokensScored  tokens that count, over all chunks
/// @param baseChunkNll  mean nll of each chunk under the base, nats; one entry per chunk
/// @param modelChunkNll the same under the model
public record Bucket(
        int ctx,
        int chunks,
        long tokensScored,
        Estimate basePpl,
        Estimate modelPpl,
        Paired paired,
        List<Double> baseChunkNll,
        List<Double> modelChunkNll,
        Optional<Kld> kld) {
    public Bucket {
        baseChunkNll = List.copyOf(baseChunkNll);
        modelChunkNll = List.copyOf(modelChunkNll);
    }
}
