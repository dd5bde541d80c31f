package io.github.seeddelta.toy.b;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Rank correlation; equal values share the mean of their ranks.
final class Spearman {
    private Spearman() {}

    /// Pearson's coefficient of the ranks, −1 to 1; NaN when one side is all equal or there are fewer than 3 pairs.
    static double of(List<Double> a, List<Double> b) {
        int n = a.size();
        if (n < 3 || b.size() != n) {
            return Double.NaN;
        }
        double[] x = ranks(a);
        double[] y = ranks(b);
        double mean = (n + 1) / 2.0;
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < n; i++) {
            xy += (x[i] - mean) * (y[i] - mean);
            xx += (x[i] - mean) * (x[i] - mean);
            yy += (y[i] - mean) * (y[i] - mean);
        }
        return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Double.NaN;
    }

    private static double[] ranks(List<Double> values) {
        List<Integer> order = IntStream.range(0, values.size())
                .boxed()
                .sorted(Comparator.comparing(values::get))
                .toList();
        double[] ranks = new double[values.size()];
        for (int from = 0; from < order.size(); ) {
            int to = from;
            while (to < order.size() && values.get(order.get(to)).equals(values.get(order.get(from)))) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order.get(i)] = (from + to + 1) / 2.0;
            }
            from = to;
        }
        return ranks;
    }
}
