package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.sd.CollectC;
import io.github.seeddelta.bindings.sd.sd_collect_params;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// What is collected while a text is decoded (`sd_collect_params`).
///
/// @param moments E[x xᵀ] of every distinct feed-forward input
/// @param samples real vectors kept per input, 0 = none
/// @param ctx tokens of a chunk
/// @param seed which vectors are kept
/// @param memoryLimitBytes 0 = none
/// @param imatrix the importance of inputs; without it, batches below 16 tokens count too
public record CollectParams(
        boolean moments, int samples, int ctx, long seed, int threads, long memoryLimitBytes, boolean imatrix) {
    private static final int ALL_LAYERS = -1;

    public CollectParams(boolean moments, int samples, int ctx, long seed, int threads, long memoryLimitBytes) {
        this(moments, samples, ctx, seed, threads, memoryLimitBytes, true);
    }

    /// The importance of inputs alone.
    public static CollectParams imatrix(int ctx, int threads) {
        return new CollectParams(false, 0, ctx, 0, threads, 0);
    }

    MemorySegment struct(SegmentAllocator allocator) {
        MemorySegment struct = sd_collect_params.allocate(allocator);
        struct.fill((byte) 0);
        sd_collect_params.what(
                struct,
                (imatrix ? CollectC.SD_COLLECT_IMATRIX() : 0)
                        | (moments ? CollectC.SD_COLLECT_MOMENTS() : 0)
                        | (samples > 0 ? CollectC.SD_COLLECT_SAMPLES() : 0));
        sd_collect_params.chunk_size(struct, ctx);
        sd_collect_params.n_threads(struct, threads);
        sd_collect_params.n_samples(struct, samples);
        sd_collect_params.last_layer(struct, ALL_LAYERS);
        sd_collect_params.seed(struct, seed);
        sd_collect_params.memory_limit_bytes(struct, memoryLimitBytes);
        return struct;
    }
}
