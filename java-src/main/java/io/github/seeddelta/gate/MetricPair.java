package io.github.seeddelta.gate;

/// One metric over the samples of one tensor: its mean and its 5th percentile, cosines in [-1, 1]; of an error, which
// is
/// one number, 1 − error twice.
public record MetricPair(double mean, double p05) {
    public static MetricPair ofError(double error) {
        return new MetricPair(1 - error, 1 - error);
    }

    public boolean isFinite() {
        return Double.isFinite(mean) && Double.isFinite(p05);
    }
}
