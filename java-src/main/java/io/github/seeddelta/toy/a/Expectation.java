package io.github.seeddelta.toy.a;

/// What a case must measure, worked out before it is built. Each quantity lies in `expected` ± `tolerance`.
///
/// @param relL2 ‖W − Ŵ‖ / ‖W‖
/// @param cos cosine of a row of W and of Ŵ, the mean over rows
/// @param out ‖(W − Ŵ) X‖ / ‖W X‖ for the inputs X that the model feeds
record Expectation(Range relL2, Range cos, Range out) {
    /// Sums in f32 and stored f32 norms.
    private static final double FLOAT = 3e-7;
    /// A kernel's rounding for each output, as a share of ‖ŵ‖·‖x‖: a tenth of what docs/FORMAT.md allows.
    private static final double KERNEL = 1e-6;

    record Range(double expected, double tolerance) {
        static Range between(double low, double high, double slack) {
            return new Range((low + high) / 2, (high - low) / 2 + slack);
        }

        boolean holds(double measured) {
            return Math.abs(measured - expected) <= tolerance;
        }
    }

    /// Rounding is perpendicular to what is dropped (other inputs), so squares add; it is never negative and never
    /// above its bound.
    ///
    /// @param inputs X, one vector after another
    static Expectation of(ControlledCase known, float[][] inputs) {
        double d = known.dropped();
        double low = d * (1 - known.shift());
        double high = Math.hypot(Math.hypot(d * (1 + known.shift()), known.rounding()), known.scaleRounding());
        Range rel = known.isExact() ? new Range(0, 0) : Range.between(low, high, FLOAT);
        Range cos = Range.between(
                Math.sqrt(known.cos() * known.cos() - known.rounding() * known.rounding()),
                known.cos(),
                FLOAT + d * d * known.shift());
        return new Expectation(rel, cos, output(known, inputs));
    }

    /// ‖D X‖ / ‖W X‖ with D = W − Ŵ before rounding. Rounding adds at most its share of ‖W‖ times the largest stretch
    /// of X, its spectral norm.
    private static Range output(ControlledCase known, float[][] inputs) {
        double dropped = 0;
        double whole = 0;
        double norm = 0;
        double squares = 0;
        for (float v : known.w()) {
            norm += (double) v * v;
        }
        for (float[] x : inputs) {
            for (float v : x) {
                squares += (double) v * v;
            }
            for (int r = 0; r < known.nOut(); r++) {
                double y = 0;
                double missing = 0;
                for (int i = 0; i < known.nIn(); i++) {
                    double w = known.w()[r * known.nIn() + i];
                    y += w * x[i];
                    missing += (w - known.ideal()[r * known.nIn() + i]) * x[i];
                }
                whole += y * y;
                dropped += missing * missing;
            }
        }
        double rounding = Math.hypot(known.rounding(), known.scaleRounding());
        double stretch = Math.sqrt(norm / whole);
        double tolerance = rounding * stretch * spectralNorm(inputs) + KERNEL * stretch * Math.sqrt(squares);
        return new Range(Math.sqrt(dropped / whole), tolerance + FLOAT);
    }

    /// Largest singular value, by the power method on the small Gram matrix.
    private static double spectralNorm(float[][] x) {
        int n = x.length;
        double[][] gram = new double[n][n];
        for (int a = 0; a < n; a++) {
            for (int b = 0; b < n; b++) {
                for (int i = 0; i < x[a].length; i++) {
                    gram[a][b] += (double) x[a][i] * x[b][i];
                }
            }
        }
        double[] v = new double[n];
        java.util.Arrays.fill(v, 1);
        double norm = 0;
        for (int step = 0; step < 100; step++) {
            double[] next = new double[n];
            double square = 0;
            for (int a = 0; a < n; a++) {
                for (int b = 0; b < n; b++) {
                    next[a] += gram[a][b] * v[b];
                }
                square += next[a] * next[a];
            }
            norm = Math.sqrt(square);
            for (int a = 0; a < n; a++) {
                v[a] = next[a] / norm;
            }
        }
        return Math.sqrt(norm);
    }
}
