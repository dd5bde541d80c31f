package io.github.seeddelta.eval.stats;

/// A value and its standard error, in the same unit. Not finite when the model produced no finite score.
public record Estimate(double value, double se) {
    public boolean isFinite() {
        return Double.isFinite(value) && Double.isFinite(se);
    }
}
