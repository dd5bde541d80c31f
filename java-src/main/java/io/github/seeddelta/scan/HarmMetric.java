package io.github.seeddelta.scan;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// A metric of a replacement turned so that more means worse, to be held against the harm it did.
///
/// @param name of the metric in a report
/// @param form how it is turned: `1 − cos_mean_x`, `|log_norm_ratio_mean_x|`, or the name alone
record HarmMetric(String name, String form) {

    double of(Map<String, Double> metrics) {
        double value = metrics.getOrDefault(name, Double.NaN);
        if (name.startsWith("cos_") || name.contains("_cos_")) {
            return 1 - value;
        }
        return name.startsWith("log_") ? Math.abs(value) : value;
    }

    /// Whether a metric is an error, whose squares add up over tensors.
    static boolean isError(String name) {
        return name.startsWith("rel_l2")
                || name.startsWith("norm_err")
                || name.startsWith("err_")
                || name.startsWith("s_");
    }

    /// Every metric of the rows that says something about a replacement, by name. Quantiles other than the 5 % one that
    /// gates use are left out, and so are sizes and norms.
    static List<HarmMetric> in(List<ScanRow> rows) {
        SortedMap<String, HarmMetric> found = new TreeMap<>();
        for (ScanRow row : rows) {
            row.metrics().forEach((name, value) -> {
                if (Double.isFinite(value) && speaks(name)) {
                    found.put(name, new HarmMetric(name, form(name)));
                }
            });
        }
        return List.copyOf(found.values());
    }

    private static boolean speaks(String name) {
        boolean cosine = name.startsWith("cos_") || name.contains("_cos_");
        boolean middle = !name.contains("_p10") && !name.contains("_p95");
        return middle
                && (cosine || (isError(name) && !name.contains("_p05")) || name.startsWith("log_norm_ratio_mean"));
    }

    private static String form(String name) {
        if (name.startsWith("cos_") || name.contains("_cos_")) {
            return "1 - " + name;
        }
        return name.startsWith("log_") ? "|" + name + "|" : name;
    }
}
