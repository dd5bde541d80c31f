package io.github.seeddelta.gate;

/// One metric over the samples of one tensor: its mean and its 5th percentile, cosines in [-1, 1].
public record MetricPair(double mean, double p05) {
    public boolean isFinite() {
        return Double.isFinite(mean) && Double.isFinite(p05);
    }
}
