package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.SeedDeltaC;
import io.github.seeddelta.bindings.sd.sd_base_stats;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A base fitted to one weight (`sd_base`); many residuals can be encoded against it.
public final class FittedBase extends NativeHandle {
    private final DenseWeight weight;
    private final BaseStats stats;

    private FittedBase(DenseWeight weight, String kind, MemorySegment raw, BaseStats stats) {
        super("base " + kind + " of " + weight, raw, SeedDeltaC::sd_base_close, List.of(weight));
        this.weight = weight;
        this.stats = stats;
    }

    /// Progress counts weights.
    public static FittedBase fit(DenseWeight weight, EncodeParams params, ProgressCell progress) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment stats = sd_base_stats.allocate(call);
            call.check(SeedDeltaC.sd_base_fit(
                    weight.handle(), params.struct(call), call.out(), stats, progress.segment(), call.error()));
            return new FittedBase(weight, params.base(), call.result(), BaseStats.read(stats));
        }
    }

    public BaseStats stats() {
        return stats;
    }

    DenseWeight weight() {
        return weight;
    }
}
