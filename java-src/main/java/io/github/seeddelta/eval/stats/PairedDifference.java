package io.github.seeddelta.eval.stats;

/// Collects the per-token differences of two models that scored the same chunks.
///
/// Errors: IllegalArgumentException when the two arrays of a chunk differ in length.
public final class PairedDifference {
    private final ClusteredMean differences = new ClusteredMean();

    /// Adds one chunk; nll in nats, same tokens in the same order.
    public void add(double[] baseNll, double[] modelNll) {
        if (baseNll.length != modelNll.length) {
            throw new IllegalArgumentException("base scored " + baseNll.length + " tokens of the chunk and the model "
                    + modelNll.length + ": they must score the same ones");
        }
        double[] d = new double[baseNll.length];
        for (int i = 0; i < d.length; i++) {
            d[i] = modelNll[i] - baseNll[i];
        }
        differences.add(d);
    }

    public Paired result() {
        double ratio = differences.mean();
        double se = differences.se();
        return new Paired(ratio, se, differences.seToken(), differences.seChunk(), Verdict.of(ratio, se));
    }
}
