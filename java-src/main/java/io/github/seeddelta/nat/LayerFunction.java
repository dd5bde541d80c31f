package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.CollectC;
import io.github.seeddelta.bindings.sd.sd_layer_info;
import io.github.seeddelta.bindings.sd.sd_layer_metrics;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// The feed-forward part of one layer on real inputs of it (`sd_layer`): with its dense weights, and with payloads in
/// their place.
public final class LayerFunction extends NativeHandle {
    private final int samples;
    private final Optional<String> whyNoBlock;

    private LayerFunction(GgufModel model, int layer, MemorySegment raw, int samples, Optional<String> whyNoBlock) {
        super("layer " + layer + " of " + model, raw, CollectC::sd_layer_close, List.of(model));
        this.samples = samples;
        this.whyNoBlock = whyNoBlock;
    }

    /// A layer, or why it cannot be measured.
    public sealed interface Opening {
        record Opened(LayerFunction layer) implements Opening {}

        /// @param why for a person
        record Unmeasurable(String why) implements Opening {}
    }

    /// @param maxSamples inputs to use, 0 = all that `moments` has
    public static Opening open(GgufModel model, int layer, MomentsFile moments, int maxSamples, int threads) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment info = sd_layer_info.allocate(call);
            call.check(CollectC.sd_layer_open(
                    model.handle(), layer, moments.handle(), maxSamples, threads, call.out(), info, call.error()));
            Optional<String> whyNot = text(sd_layer_info.why_not(info));
            if (whyNot.isPresent()) {
                return new Opening.Unmeasurable(whyNot.get());
            }
            return new Opening.Opened(new LayerFunction(
                    model,
                    layer,
                    call.result(),
                    Math.toIntExact(sd_layer_info.n_samples(info)),
                    text(sd_layer_info.why_no_block(info))));
        }
    }

    private static Optional<String> text(MemorySegment chars) {
        return Optional.of(chars.getString(0)).filter(t -> !t.isEmpty());
    }

    /// Inputs that are used.
    public int samples() {
        return samples;
    }

    /// Why there are no block metrics, for a person; empty when there are.
    public Optional<String> whyNoBlock() {
        return whyNoBlock;
    }

    /// What it does to the layer when these payloads stand in for its weights; weights without one stay dense.
    public LayerMetrics measure(
            Optional<Payload> gate, Optional<Payload> up, Optional<Payload> down, int threads, ProgressCell progress) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment struct = sd_layer_metrics.allocate(call);
            call.check(CollectC.sd_layer_measure(
                    handle(),
                    handleOf(gate),
                    handleOf(up),
                    handleOf(down),
                    threads,
                    struct,
                    progress.segment(),
                    call.error()));
            return LayerMetrics.read(struct);
        }
    }

    private static MemorySegment handleOf(Optional<Payload> payload) {
        return payload.map(NativeHandle::handle).orElse(MemorySegment.NULL);
    }
}
