package io.github.seeddelta.gate;

/// Lowest accepted mean and 5th percentile.
public record Thresholds(double minMean, double minP05) {
    /// Numbers are kept to nine decimals, so that .45 + .05 is .5.
    public Thresholds {
        minMean = Math.rint(minMean * 1e9) / 1e9;
        minP05 = Math.rint(minP05 * 1e9) / 1e9;
    }

    /// Both raised by `step`, at most to 1.
    public Thresholds raisedBy(double step) {
        return new Thresholds(Math.min(1, minMean + step), Math.min(1, minP05 + step));
    }

    /// The stricter of the two, number by number.
    public Thresholds atLeast(Thresholds floor) {
        return new Thresholds(Math.max(minMean, floor.minMean), Math.max(minP05, floor.minP05));
    }

    /// `min(mean − minMean, p05 − minP05)`; negative infinity for a metric that is not a number.
    public double margin(MetricPair measured) {
        if (!measured.isFinite()) {
            return Double.NEGATIVE_INFINITY;
        }
        return Math.min(measured.mean() - minMean, measured.p05() - minP05);
    }
}
