package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.CollectC;
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

    /// Gives the weight the second moments and samples of its input; copied.
    ///
    /// @return whether the file has any for it
    public boolean setMoments(MomentsFile moments) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment found = call.allocate(ValueLayout.JAVA_INT);
            call.check(CollectC.sd_weight_set_moments(handle(), moments.handle(), found, call.error()));
            return found.get(ValueLayout.JAVA_INT, 0) != 0;
        }
    }
}
