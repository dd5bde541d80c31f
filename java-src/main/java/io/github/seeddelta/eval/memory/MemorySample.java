package io.github.seeddelta.eval.memory;

/// Memory of one process, in bytes.
///
/// @param rssAnonBytes resident and private to the process: heap, KV cache, repacked weights
/// @param rssFileBytes resident and backed by files: mmapped weights (shared memory included)
/// @param peakBytes    largest resident size so far, anonymous and file together
public record MemorySample(long rssAnonBytes, long rssFileBytes, long peakBytes) {
    public long rssBytes() {
        return rssAnonBytes + rssFileBytes;
    }
}
