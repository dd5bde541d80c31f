package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.sd_layer_metrics;
import java.lang.foreign.MemorySegment;

/// How close a layer's feed-forward part with payloads is to the dense one on real inputs (`sd_layer_metrics`); NaN
/// where it cannot be computed.
///
/// @param sFfn ‖y − ŷ‖ / (‖y‖ + 1e-8) of the part's output; `cosFfn` and `logNormRatioFfn` of the same vectors
/// @param sBlock the same after the output was added to the residual stream
public record LayerMetrics(
        Stat sFfn, Stat cosFfn, Stat logNormRatioFfn, Stat sBlock, Stat cosBlock, Stat logNormRatioBlock) {
    private static final Stat NO_STAT = new Stat(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    /// Nothing was measured.
    public static final LayerMetrics NONE = new LayerMetrics(NO_STAT, NO_STAT, NO_STAT, NO_STAT, NO_STAT, NO_STAT);

    static LayerMetrics read(MemorySegment struct) {
        return new LayerMetrics(
                Stat.read(sd_layer_metrics.s_ffn(struct)),
                Stat.read(sd_layer_metrics.cos_ffn(struct)),
                Stat.read(sd_layer_metrics.log_norm_ratio_ffn(struct)),
                Stat.read(sd_layer_metrics.s_block(struct)),
                Stat.read(sd_layer_metrics.cos_block(struct)),
                Stat.read(sd_layer_metrics.log_norm_ratio_block(struct)));
    }
}
