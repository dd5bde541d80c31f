package io.github.seeddelta.eval.stats;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// Spearman's rank correlation of two lists of numbers; equal numbers share the mean of their ranks.
///
/// @param rho −1 to 1; NaN when fewer than [#MIN_POINTS] pairs are finite or one side does not vary
/// @param n   pairs that are finite on both sides
public record RankCorrelation(double rho, int n) {
    public static final int MIN_POINTS = 4;

    public static RankCorrelation of(double[] x, double[] y) {
        int[] finite = IntStream.range(0, x.length)
                .filter(i -> Double.isFinite(x[i]) && Double.isFinite(y[i]))
                .toArray();
        if (finite.length < MIN_POINTS) {
            return new RankCorrelation(Double.NaN, finite.length);
        }
        double[] a = ranks(Arrays.stream(finite).mapToDouble(i -> x[i]).toArray());
        double[] b = ranks(Arrays.stream(finite).mapToDouble(i -> y[i]).toArray());
        return new RankCorrelation(pearson(a, b), finite.length);
    }

    /// Roughly the standard error of rho under no correlation.
    public double se() {
        return n > 1 ? 1 / Math.sqrt(n - 1.0) : Double.NaN;
    }

    private static double[] ranks(double[] values) {
        Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
        double[] ranks = new double[values.length];
        for (int from = 0; from < order.length; ) {
            int to = from;
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + to - 1) / 2.0;
            }
            from = to;
        }
        return ranks;
    }

    private static double pearson(double[] a, double[] b) {
        double ma = Arrays.stream(a).average().orElse(0);
        double mb = Arrays.stream(b).average().orElse(0);
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (a[i] - ma) * (b[i] - mb);
            aa += (a[i] - ma) * (a[i] - ma);
            bb += (b[i] - mb) * (b[i] - mb);
        }
        return aa == 0 || bb == 0 ? Double.NaN : ab / Math.sqrt(aa * bb);
    }
}
