package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.llama.LlamaC;
import io.github.seeddelta.bindings.llama.llama_context_params;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/// What of a context is chosen here; everything else is as llama.cpp's own tools have it.
///
/// @param ctx tokens of all sequences together
/// @param batch most tokens in one [LlamaContext#decode]
/// @param sequences most sequences at a time
public record ContextParams(int ctx, int batch, int sequences, int threads) {
    /// Upstream's `-b`.
    public static final int DEFAULT_BATCH = 2048;

    public ContextParams {
        if (ctx < 1 || batch < 1 || sequences < 1 || threads < 1) {
            throw new NativeException.Usage("context, batch, sequences and threads must be at least 1");
        }
    }

    /// One sequence of `ctx` tokens.
    public static ContextParams single(int ctx, int threads) {
        return new ContextParams(ctx, Math.min(ctx, DEFAULT_BATCH), 1, threads);
    }

    MemorySegment struct(SegmentAllocator allocator) {
        MemorySegment struct = LlamaC.llama_context_default_params(allocator);
        llama_context_params.n_ctx(struct, ctx);
        llama_context_params.n_batch(struct, batch);
        llama_context_params.n_seq_max(struct, sequences);
        llama_context_params.n_threads(struct, threads);
        llama_context_params.n_threads_batch(struct, threads);
        // The one default of the C interface that the tools (common_params) override.
        llama_context_params.swa_full(struct, false);
        return struct;
    }
}
