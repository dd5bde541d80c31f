package io.github.seeddelta.scan;

import io.github.seeddelta.report.Report;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Metrics of several tensors as one number each: errors by the root of the sum of their squares, which is how
/// independent errors add up, and cosines by their mean.
final class GroupMetrics {
    private GroupMetrics() {}

    static SortedMap<String, Double> of(List<Report.Weight> weights) {
        SortedMap<String, Double> out = new TreeMap<>();
        for (String name : weights.getFirst().metrics().keySet()) {
            double[] values = weights.stream()
                    .mapToDouble(w -> w.metrics().getOrDefault(name, Double.NaN))
                    .toArray();
            out.put(name, HarmMetric.isError(name) ? rootSumSquare(values) : mean(values));
        }
        return out;
    }

    private static double rootSumSquare(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v * v;
        }
        return Math.sqrt(sum);
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double v : values) {
            sum += v;
        }
        return sum / values.length;
    }
}
