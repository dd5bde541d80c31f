package io.github.seeddelta.eval.stats;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Collects the chunks of one context length, in order.
public final class BucketAccumulator {
    private final int ctx;
    private final Perplexity base = new Perplexity();
    private final Perplexity model = new Perplexity();
    private final PairedDifference paired = new PairedDifference();
    private final KldAccumulator kld = new KldAccumulator();
    private final List<Double> baseChunkNll = new ArrayList<>();
    private final List<Double> modelChunkNll = new ArrayList<>();

    public BucketAccumulator(int ctx) {
        this.ctx = ctx;
    }

    /// Errors: IllegalArgumentException when base and model scored different numbers of tokens.
    public void add(double[] baseNll, double[] modelNll, Optional<KldTokens> divergence) {
        paired.add(baseNll, modelNll);
        base.add(baseNll);
        model.add(modelNll);
        divergence.ifPresent(kld::add);
        baseChunkNll.add(mean(baseNll));
        modelChunkNll.add(mean(modelNll));
    }

    public Perplexity base() {
        return base;
    }

    public Perplexity model() {
        return model;
    }

    public Bucket result() {
        return new Bucket(
                ctx,
                Math.toIntExact(base.chunks()),
                base.count(),
                base.estimate(),
                model.estimate(),
                paired.result(),
                baseChunkNll,
                modelChunkNll,
                kld.count() > 0 ? Optional.of(kld.summary()) : Optional.empty());
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v;
        }
        return sum / values.length;
    }
}
