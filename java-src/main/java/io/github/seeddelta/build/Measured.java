package io.github.seeddelta.build;

import io.github.seeddelta.gate.MetricPair;
import io.github.seeddelta.nat.BaseStats;
import io.github.seeddelta.nat.LayerMetrics;
import io.github.seeddelta.nat.Metrics;
import io.github.seeddelta.nat.Stat;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.tune.Variant;
import java.util.SortedMap;
import java.util.TreeMap;

/// One encoded variant of a weight and what was measured of it. Facts only: what they mean is decided later, so a build
/// that goes on after an interruption decides as one that was never interrupted.
///
/// @param layer what replacing this weight alone does to its layer; [LayerMetrics#NONE] without real inputs
public record Measured(
        Variant variant, long payloadBytes, BaseStats base, Metrics metrics, LayerMetrics layer, double seconds) {

    /// The pair that a gate metric looks at.
    public MetricPair pair(Metric metric) {
        if (metric.isError()) {
            return MetricPair.ofError(metrics.errH());
        }
        Stat stat =
                switch (metric) {
                    case COS_X -> metrics.cosX();
                    case COS_X_W -> metrics.cosXWeighted();
                    case COS_W -> metrics.cosWeighted();
                    case COS_ACT -> metrics.cosAct();
                    case ERR_H -> throw new IllegalStateException("not a statistic");
                };
        return new MetricPair(stat.mean(), stat.p05());
    }

    /// What using it costs, in a unit that adds up over tensors: the squared relative error of the residual stream
    // where
    /// the layer could be run, else of its own outputs by second moments, else of its weights by importance. Each
    // of
    /// these is seldom below the one before it, so that knowing less never looks like losing less.
    double loss() {
        double relative = Double.isFinite(metrics.errH()) ? metrics.errH() : metrics.normErrWeighted();
        double block = layer.sBlock().mean();
        double error = Double.isFinite(block) ? block : relative;
        return error * error;
    }

    /// Every number by the name it has in the report.
    public SortedMap<String, Double> named() {
        SortedMap<String, Double> out = new TreeMap<>();
        put(out, "rel_l2", "", metrics.relL2());
        put(out, "cos", "", metrics.cos());
        put(out, "norm_ratio", "", metrics.normRatio());
        put(out, "rel_l2", "_w", metrics.relL2Weighted());
        put(out, "cos", "_w", metrics.cosWeighted());
        put(out, "norm_ratio", "_w", metrics.normRatioWeighted());
        put(out, "cos", "_x", metrics.cosX());
        put(out, "log_norm_ratio", "_x", metrics.logNormRatioX());
        put(out, "cos", "_x_w", metrics.cosXWeighted());
        put(out, "log_norm_ratio", "_x_w", metrics.logNormRatioXWeighted());
        put(out, "cos", "_act", metrics.cosAct());
        put(out, "log_norm_ratio", "_act", metrics.logNormRatioAct());
        out.putAll(named(layer));
        out.put("err_h", metrics.errH());
        out.put("norm_w", metrics.normW());
        out.put("norm_hat", metrics.normHat());
        out.put("norm_err", metrics.normErr());
        out.put("norm_err_w", metrics.normErrWeighted());
        out.put("ops_ratio", metrics.opsRatio());
        out.put("base_share", base.share());
        out.put("base_share_w", base.shareWeighted());
        return out;
    }

    /// Layer metrics by the names they have in the report.
    static SortedMap<String, Double> named(LayerMetrics layer) {
        SortedMap<String, Double> out = new TreeMap<>();
        put(out, "s", "_ffn", layer.sFfn());
        put(out, "cos", "_ffn", layer.cosFfn());
        put(out, "log_norm_ratio", "_ffn", layer.logNormRatioFfn());
        put(out, "s", "_block", layer.sBlock());
        put(out, "cos", "_block", layer.cosBlock());
        put(out, "log_norm_ratio", "_block", layer.logNormRatioBlock());
        return out;
    }

    private static void put(SortedMap<String, Double> out, String metric, String suffix, Stat stat) {
        out.put(metric + "_mean" + suffix, stat.mean());
        out.put(metric + "_p05" + suffix, stat.p05());
        out.put(metric + "_p10" + suffix, stat.p10());
        out.put(metric + "_p95" + suffix, stat.p95());
    }
}
