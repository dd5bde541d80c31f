package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.sd_measure_params;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// How much to measure (`sd_measure_params`).
///
/// @param evalRows sampled output rows for the weight metrics, 0 = all
/// @param evalX random activations for the functional metrics, 0 = none
public record MeasureParams(int evalRows, int evalX, long seed, int threads) {
    MemorySegment struct(SegmentAllocator allocator) {
        MemorySegment struct = sd_measure_params.allocate(allocator);
        sd_measure_params.eval_rows(struct, evalRows);
        sd_measure_params.eval_x(struct, evalX);
        sd_measure_params.seed(struct, seed);
        sd_measure_params.n_threads(struct, threads);
        sd_measure_params.reserved(struct, 0);
        return struct;
    }
}
