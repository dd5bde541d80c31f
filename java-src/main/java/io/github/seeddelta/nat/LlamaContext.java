package io.github.seeddelta.nat;

import io.github.seeddelta.bindings.llama.LlamaC;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A context to run a model in (`llama_context`): its memory of tokens and the logits of the last batch.
public final class LlamaContext extends NativeHandle {
    private static final int DECODE_NO_SLOT = 1;
    private static final int DECODE_ABORTED = 2;

    private final LlamaModel model;
    private final int vocabSize;
    private final int ctx;
    private final LlamaBatch batch;

    private LlamaContext(LlamaModel model, MemorySegment raw, List<NativeHandle> parents) {
        super("context of " + model, raw, LlamaC::llama_free, parents);
        this.model = model;
        this.vocabSize = model.tokenizer().size();
        this.ctx = LlamaC.llama_n_ctx(raw);
        this.batch = new LlamaBatch(arena(), LlamaC.llama_n_batch(raw));
    }

    /// @throws NativeException.Input when llama.cpp cannot run the model this way
    public static LlamaContext open(LlamaModel model, ContextParams params) {
        try (NativeCall call = new NativeCall()) {
            return open(model, params, params.struct(call), List.of(model));
        }
    }

    /// As [#open(LlamaModel, ContextParams)]; `collector` sees every activation.
    public static LlamaContext open(LlamaModel model, ContextParams params, Collector collector) {
        try (NativeCall call = new NativeCall()) {
            MemorySegment struct = params.struct(call);
            collector.listenTo(struct);
            return open(model, params, struct, List.of(model, collector));
        }
    }

    private static LlamaContext open(
            LlamaModel model, ContextParams params, MemorySegment struct, List<NativeHandle> parents) {
        NativeLog.take();
        MemorySegment raw = LlamaC.llama_init_from_model(model.handle(), struct);
        if (raw.equals(MemorySegment.NULL)) {
            throw new NativeException.Input(model.path() + " cannot run with a context of " + params.ctx() + " tokens: "
                    + NativeLog.reason("llama.cpp does not say why"));
        }
        return new LlamaContext(model, raw, parents);
    }

    public LlamaModel model() {
        return model;
    }

    /// Tokens of all sequences together; llama.cpp may have rounded up what was asked for.
    public int ctx() {
        return ctx;
    }

    /// Forgets all tokens.
    public void clear() {
        LlamaC.llama_memory_clear(LlamaC.llama_get_memory(handle()), true);
    }

    /// This context's own batch, as large as [#decode] takes. Its content stays until it is cleared.
    public LlamaBatch batch() {
        return batch;
    }

    /// Native memory that lives as long as this context, aligned for any vector.
    MemorySegment newFloats(long count) {
        return arena().allocate(Math.multiplyExact(count, ValueLayout.JAVA_FLOAT.byteSize()), 64);
    }

    /// Runs the batch. The logits of the batch before are gone.
    ///
    /// @throws NativeException.Input when llama.cpp refuses it
    public void decode(LlamaBatch batch) {
        int result = LlamaC.llama_decode(handle(), batch.struct());
        switch (result) {
            case 0 -> {}
            case DECODE_NO_SLOT ->
                throw new NativeException.Input(
                        "a batch of " + batch.size() + " tokens does not fit into the context of " + ctx + " tokens");
            case DECODE_ABORTED -> throw new NativeException.Cancelled("cancelled");
            default ->
                throw new NativeException.Input(model.path() + " failed on a batch of " + batch.size() + " tokens: "
                        + NativeLog.reason("llama.cpp reports " + result));
        }
    }

    /// Waits until the last batch is computed; reading logits does so by itself.
    public void synchronize() {
        LlamaC.llama_synchronize(handle());
    }

    /// `rows` rows of logits, one float for each token of the vocabulary, from the batch's token `index` on. The tokens
    /// in between must all have asked for logits. Valid until the next [#decode].
    public MemorySegment logits(int index, int rows) {
        MemorySegment first = LlamaC.llama_get_logits_ith(handle(), index);
        return Foreign.view(first, (long) rows * vocabSize * ValueLayout.JAVA_FLOAT.byteSize(), arena());
    }

    /// All rows of logits of the last batch, in its order. Valid until the next [#decode].
    MemorySegment allLogits(int rows) {
        MemorySegment first = LlamaC.llama_get_logits(handle());
        return Foreign.view(first, (long) rows * vocabSize * ValueLayout.JAVA_FLOAT.byteSize(), arena());
    }
}
