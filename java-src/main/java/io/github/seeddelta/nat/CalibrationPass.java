package io.github.seeddelta.nat;

/// Decodes a text chunk by chunk in the exact manner of upstream's llama-imatrix, so that a [Collector] sees the same
/// vectors in the same order: same batches, same context, logits asked for at every token (docs/CALIBRATION.md).
public final class CalibrationPass implements AutoCloseable {
    private final LlamaContext context;
    private final Collector collector;
    private final LlamaBatch batch;
    private final int[] tokens;
    private final int ctx;
    private final int chunks;
    private final int groupChunks;
    private final int batchTokens;
    private final boolean addsBegin;
    private final int beginToken;

    /// @param tokens of the whole text, as [ChunkScorer#tokenize] gives them
    /// @throws NativeException.Input when the text fills no chunk, or the model is of a kind that llama-imatrix
    // refuses
    public static CalibrationPass open(LlamaModel model, Collector collector, int[] tokens, ChunkParams params) {
        if (model.tokenizer().addsEndToken() || model.hasEncoder()) {
            throw new NativeException.Input(model.path()
                    + " cannot be calibrated: only models that predict the next token and add no end token can be");
        }
        int chunks = Math.min(params.maxChunks(), tokens.length / params.ctx());
        if (chunks < 1) {
            throw new NativeException.Input("the text is too short: " + tokens.length + " tokens, a chunk needs "
                    + params.ctx() + "; use a longer text or a smaller --ctx");
        }
        int groupChunks = Math.max(1, ContextParams.DEFAULT_BATCH / params.ctx());
        int batchTokens = Math.min(ContextParams.DEFAULT_BATCH, groupChunks * params.ctx());
        LlamaContext context = LlamaContext.open(
                model,
                new ContextParams(groupChunks * params.ctx(), batchTokens, groupChunks, params.threads()),
                collector);
        return new CalibrationPass(context, collector, tokens, params.ctx(), chunks, groupChunks, batchTokens);
    }

    private CalibrationPass(
            LlamaContext context,
            Collector collector,
            int[] tokens,
            int ctx,
            int chunks,
            int groupChunks,
            int batchTokens) {
        Tokenizer tokenizer = context.model().tokenizer();
        this.context = context;
        this.collector = collector;
        this.batch = context.batch();
        this.tokens = tokens.clone();
        this.ctx = ctx;
        this.chunks = chunks;
        this.groupChunks = groupChunks;
        this.batchTokens = batchTokens;
        this.addsBegin = tokenizer.addsBeginToken();
        this.beginToken = tokenizer.beginToken();
    }

    public int chunks() {
        return chunks;
    }

    /// Chunks that are decoded side by side.
    public int groups() {
        return Math.ceilDiv(chunks, groupChunks);
    }

    /// Decodes the next chunks for the collector.
    ///
    /// @param group from 0 to [#groups()] − 1; each once and in order, since sums of f32 depend on it
    /// @return how many chunks are finished with it
    public int decode(int group) {
        int first = group * groupChunks;
        int end = Math.min(chunks, first + groupChunks);
        context.clear();
        for (int from = 0; from < ctx; from += batchTokens) {
            batch.clear();
            for (int chunk = first; chunk < end; chunk++) {
                addTokens(chunk, chunk - first, from, Math.min(ctx, from + batchTokens));
            }
            decodeBatch();
        }
        context.synchronize();
        return end;
    }

    /// A collector that refuses what it sees stops the evaluation, so its reason comes before llama.cpp's.
    private void decodeBatch() {
        try {
            context.decode(batch);
        } catch (NativeException e) {
            collector.check();
            throw e;
        }
        collector.check();
    }

    private void addTokens(int chunk, int sequence, int from, int to) {
        for (int position = from; position < to; position++) {
            int token = position == 0 && addsBegin ? beginToken : tokens[chunk * ctx + position];
            batch.add(token, position, sequence, true);
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
