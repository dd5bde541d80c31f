package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import io.github.seeddelta.bindings.sd.sd_metrics;
import java.lang.foreign.MemorySegment;

/// How close a payload is to its weight (`sd_metrics`); NaN where a metric was not asked for or cannot be computed.
/// `Weighted` means that inputs count by importance.
///
/// @param relL2 rows of Ŵ against rows of W, as are `cos` and `normRatio`
/// @param cosX y = Wx against Ŵx for x ~ N(0, I), as is `logNormRatioX`
/// @param cosXWeighted the same for x ~ N(0, diag(importance))
/// @param cosAct the same for activations collected from a text
/// @param normW Frobenius norm of W; `normHat` of Ŵ, `normErr` of W − Ŵ
/// @param normErrWeighted of W − Ŵ, weighted and relative to the weighted norm of W
/// @param errH √(E‖(W − Ŵ)x‖² / E‖Wx‖²) by second moments
/// @param opsRatio multiply-adds of the payload / of the dense weight
public record Metrics(
        Stat relL2,
        Stat cos,
        Stat normRatio,
        Stat relL2Weighted,
        Stat cosWeighted,
        Stat normRatioWeighted,
        Stat cosX,
        Stat logNormRatioX,
        Stat cosXWeighted,
        Stat logNormRatioXWeighted,
        Stat cosAct,
        Stat logNormRatioAct,
        double normW,
        double normHat,
        double normErr,
        double normErrWeighted,
        double errH,
        double opsRatio) {

    /// Progress counts weights.
    public static Metrics measure(DenseWeight weight, Payload payload, MeasureParams params, ProgressCell progress) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment struct = sd_metrics.allocate(call);
            call.check(SeedDeltaC.sd_measure(
                    weight.handle(), payload.handle(), params.struct(call), struct, progress.segment(), call.error()));
            return read(struct);
        }
    }

    static Metrics read(MemorySegment struct) {
        return new Metrics(
                Stat.read(sd_metrics.rel_l2(struct)),
                Stat.read(sd_metrics.cos(struct)),
                Stat.read(sd_metrics.norm_ratio(struct)),
                Stat.read(sd_metrics.rel_l2_w(struct)),
                Stat.read(sd_metrics.cos_w(struct)),
                Stat.read(sd_metrics.norm_ratio_w(struct)),
                Stat.read(sd_metrics.cos_x(struct)),
                Stat.read(sd_metrics.log_norm_ratio_x(struct)),
                Stat.read(sd_metrics.cos_x_w(struct)),
                Stat.read(sd_metrics.log_norm_ratio_x_w(struct)),
                Stat.read(sd_metrics.cos_act(struct)),
                Stat.read(sd_metrics.log_norm_ratio_act(struct)),
                sd_metrics.norm_w(struct),
                sd_metrics.norm_hat(struct),
                sd_metrics.norm_err(struct),
                sd_metrics.norm_err_w(struct),
                sd_metrics.err_h(struct),
                sd_metrics.ops_ratio(struct));
    }
}
