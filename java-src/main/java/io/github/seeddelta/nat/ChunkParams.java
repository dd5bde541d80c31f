package io.github.seeddelta.nat;

/// How a text is scored.
///
/// @param ctx tokens of a chunk
/// @param maxChunks upper limit of chunks
/// @param threads for decoding
public record ChunkParams(int ctx, int maxChunks, int threads) {
    public static final int ALL_CHUNKS = Integer.MAX_VALUE;

    /// llama.cpp runs at most 256 sequences at a time, which is how many shorter chunks a batch would hold.
    private static final int MIN_CTX = 8;

    public ChunkParams {
        if (ctx < MIN_CTX) {
            throw new NativeException.Usage("a context of " + ctx + " tokens is too short; use at least " + MIN_CTX);
        }
        if (maxChunks < 1 || threads < 1) {
            throw new NativeException.Usage("chunks and threads must be at least 1");
        }
    }
}
