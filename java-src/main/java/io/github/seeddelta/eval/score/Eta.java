package io.github.seeddelta.eval.score;

import java.time.Duration;
import java.util.Optional;

/// Time left, from the mean time of the chunks that were really scored in this run.
public final class Eta {
    private final long startNanos;
    private int freshChunks;

    public Eta(long startNanos) {
        this.startNanos = startNanos;
    }

    /// Time left after `progress`; empty as long as no chunk was scored in this run.
    public Optional<Duration> after(ScoreListener.Progress progress, long nowNanos) {
        if (progress.fresh()) {
            freshChunks++;
        }
        if (freshChunks == 0) {
            return Optional.empty();
        }
        long perChunkNanos = (nowNanos - startNanos) / freshChunks;
        return Optional.of(Duration.ofNanos(perChunkNanos * (progress.chunksTotal() - progress.chunksDone())));
    }
}
