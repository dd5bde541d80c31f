package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// One weight of a model as f32 (`sd_weight`): n_out · n_in floats of native memory.
public final class DenseWeight extends NativeHandle {
    private DenseWeight(GgufModel model, String tensor, MemorySegment raw) {
        super("weight " + tensor, raw, SeedDeltaC::sd_weight_close, List.of(model));
    }

    /// @param tensor full name: `blk.2.ffn_gate.weight`
    public static DenseWeight open(GgufModel model, String tensor, int threads) {
        try (NativeCall call = new NativeCall()) {
            call.check(SeedDeltaC.sd_weight_open(model.handle(), call.utf8(tensor), threads, call.out(), call.error()));
            return new DenseWeight(model, tensor, call.result());
        }
    }

    /// From now on inputs are weighted by `importance^power + eps`.
    ///
    /// @param importance mean squared activation of every input, n_in of them
    public void setImportance(float[] importance, float power, float eps) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment values = call.allocateFrom(ValueLayout.JAVA_FLOAT, importance);
            call.check(
                    SeedDeltaC.sd_weight_set_importance(handle(), values, importance.length, power, eps, call.error()));
        }
    }
}
