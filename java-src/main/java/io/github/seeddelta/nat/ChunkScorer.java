package io.github.seeddelta.nat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Scores a text chunk by chunk in the exact manner of upstream's llama-perplexity (tools/perplexity: `perplexity()`),
/// so that its digits come out: same batches, same context, the second half of each chunk.
///
/// Chunks that upstream decodes together form a group. Groups are independent of each other: any can be decoded at any
/// time with the same logits, which is how a run goes on after an interruption. To compare two models, open two scorers
/// over the same tokens and decode the same group in both.
public final class ChunkScorer implements AutoCloseable {
    private final LlamaContext context;
    private final LlamaBatch batch;
    private final int[] tokens;
    private final int ctx;
    private final int chunks;
    private final int groupChunks;
    private final int batchTokens;
    private final int first;
    private final int vocabSize;
    private final boolean addsBegin;
    private final int beginToken;
    /// Rows of a chunk that needs several batches; empty where one batch holds it.
    private final MemorySegment gathered;

    /// @param tokens of the whole text, as [#tokenize] gives them
    /// @throws NativeException.Input when the text is shorter than two chunks, or the model is of a kind that
    /// llama-perplexity does not score
    public static ChunkScorer open(LlamaModel model, int[] tokens, ChunkParams params) {
        Tokenizer tokenizer = model.tokenizer();
        if (tokenizer.addsEndToken() || model.hasEncoder()) {
            throw new NativeException.Input(model.path()
                    + " cannot be scored: only models that predict the next token and add no end token can be");
        }
        long needed = 2L * params.ctx();
        if (tokens.length < needed) {
            throw new NativeException.Input("the text is too short: " + tokens.length + " tokens, a context of "
                    + params.ctx() + " needs at least " + needed + "; use a longer text or a smaller --ctx");
        }
        int chunks = Math.min(params.maxChunks(), tokens.length / params.ctx());
        int groupChunks = Math.max(1, ContextParams.DEFAULT_BATCH / params.ctx());
        int batchTokens = Math.min(ContextParams.DEFAULT_BATCH, groupChunks * params.ctx());
        LlamaContext context = LlamaContext.open(
                model, new ContextParams(groupChunks * params.ctx(), batchTokens, groupChunks, params.threads()));
        return new ChunkScorer(context, tokens, params.ctx(), chunks, groupChunks, batchTokens);
    }

    private ChunkScorer(LlamaContext context, int[] tokens, int ctx, int chunks, int groupChunks, int batchTokens) {
        Tokenizer tokenizer = context.model().tokenizer();
        this.context = context;
        this.tokens = tokens.clone();
        this.ctx = ctx;
        this.chunks = chunks;
        this.groupChunks = groupChunks;
        this.batchTokens = batchTokens;
        this.first = ctx / 2;
        this.vocabSize = tokenizer.size();
        this.addsBegin = tokenizer.addsBeginToken();
        this.beginToken = tokenizer.beginToken();
        this.batch = context.batch();
        this.gathered = ctx > batchTokens ? context.newFloats((long) (ctx - first) * vocabSize) : MemorySegment.NULL;
    }

    /// The tokens of a text as llama-perplexity has them: a begin token if the model wants one, and no special tokens
    /// inside the text.
    public static int[] tokenize(LlamaModel model, byte[] utf8) {
        return model.tokenizer().tokenize(utf8, true, false);
    }

    /// The bytes of a text file as llama-perplexity reads them with `-f`: without one newline at the end.
    public static byte[] readText(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        return bytes.length > 0 && bytes[bytes.length - 1] == '\n' ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }

    public int chunks() {
        return chunks;
    }

    public int groups() {
        return Math.ceilDiv(chunks, groupChunks);
    }

    /// Chunks of a group; the last group may have fewer.
    public int groupChunks() {
        return groupChunks;
    }

    /// Scored tokens of every chunk.
    public int scoredTokens() {
        return ctx - 1 - first;
    }

    /// Decodes a group and gives its chunks in order. Their rows are valid until the next call and until [#close()].
    ///
    /// @param group from 0 to [#groups()] − 1
    public List<ChunkLogits> decode(int group) {
        int firstChunk = Math.multiplyExact(group, groupChunks);
        if (group < 0 || firstChunk >= chunks) {
            throw new IndexOutOfBoundsException("group " + group + " of " + groups());
        }
        int count = Math.min(groupChunks, chunks - firstChunk);
        context.clear();
        if (ctx > batchTokens) {
            decodeInParts(firstChunk);
        } else {
            decodeTogether(firstChunk, count);
        }
        List<ChunkLogits> result = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int chunk = firstChunk + i;
            MemorySegment rows = ctx > batchTokens ? gathered : context.logits(i * ctx + first, ctx - first);
            int start = chunk * ctx + first + 1;
            result.add(
                    new ChunkLogits(chunk, rows, vocabSize, Arrays.copyOfRange(tokens, start, start + scoredTokens())));
        }
        return result;
    }

    private void decodeTogether(int firstChunk, int count) {
        batch.clear();
        for (int i = 0; i < count; i++) {
            addTokens(firstChunk + i, i, 0, ctx);
        }
        context.decode(batch);
    }

    private void decodeInParts(int chunk) {
        long offset = 0;
        for (int from = 0; from < ctx; from += batchTokens) {
            batch.clear();
            addTokens(chunk, 0, from, Math.min(ctx, from + batchTokens));
            context.decode(batch);
            if (batch.outputs() > 0) {
                MemorySegment rows = context.allLogits(batch.outputs());
                MemorySegment.copy(rows, 0, gathered, offset, rows.byteSize());
                offset += rows.byteSize();
            }
        }
    }

    private void addTokens(int chunk, int sequence, int from, int to) {
        for (int position = from; position < to; position++) {
            int token = position == 0 && addsBegin ? beginToken : tokens[chunk * ctx + position];
            batch.add(token, position, sequence, position >= first);
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
