package io.github.seeddelta.gate;

import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.policy.Metric;
import java.util.Locale;

/// Judges one tensor on its own (SPEC §7). `rel_l2` is reported elsewhere and never decides.
public final class Gate {
    private Gate() {}

    /// @param metric   the metric that `measured` holds, see [MetricChoice]
    /// @param measured may be non-finite; that fails
    public static GateOutcome judge(Metric metric, MetricPair measured, Demand demand) {
        Thresholds thresholds = demand.thresholds();
        double margin = thresholds.margin(measured);
        return switch (demand) {
            case Demand.Denied denied ->
                new GateOutcome(metric, measured, thresholds, margin, true, false, denied.sentence());
            case Demand.Reach ignored -> {
                boolean pass = margin >= 0;
                yield new GateOutcome(
                        metric, measured, thresholds, margin, false, pass, sentence(metric, measured, thresholds));
            }
        };
    }

    /// The verdict on a tensor that is denied whatever it measures, so that it need not be encoded.
    public static GateOutcome deny(Metric metric, Demand.Denied denied) {
        return judge(metric, new MetricPair(Double.NaN, Double.NaN), denied);
    }

    /// `cos_x_w mean 0.8120 and p05 0.6410 reach 0.7000 and 0.5000 (margin +0.1120)`.
    static String sentence(Metric metric, MetricPair measured, Thresholds thresholds) {
        if (!measured.isFinite()) {
            return metric.jsonName() + " is not a number, so nothing is known about the replacement";
        }
        if (metric.isError()) {
            return errorSentence(metric, measured, thresholds);
        }
        boolean mean = measured.mean() >= thresholds.minMean();
        boolean p05 = measured.p05() >= thresholds.minP05();
        String format = mean == p05
                ? "%1$s mean %2$.4f and p05 %3$.4f " + (mean ? "reach" : "are below") + " %4$.4f and %5$.4f"
                : mean
                        ? "%1$s p05 %3$.4f is below %5$.4f, though mean %2$.4f reaches %4$.4f"
                        : "%1$s mean %2$.4f is below %4$.4f, though p05 %3$.4f reaches %5$.4f";
        return String.format(
                Locale.ROOT,
                format + " (margin %6$+.4f)",
                metric.jsonName(),
                measured.mean(),
                measured.p05(),
                thresholds.minMean(),
                thresholds.minP05(),
                thresholds.margin(measured));
    }

    /// `err_h 0.1820 is at most 0.3000 (margin +0.1180)`.
    private static String errorSentence(Metric metric, MetricPair measured, Thresholds thresholds) {
        double margin = thresholds.margin(measured);
        return String.format(
                Locale.ROOT,
                "%s %.4f is %s %.4f (margin %+.4f)",
                metric.jsonName(),
                1 - measured.mean(),
                margin >= 0 ? "at most" : "above",
                1 - Math.max(thresholds.minMean(), thresholds.minP05()),
                margin);
    }
}
