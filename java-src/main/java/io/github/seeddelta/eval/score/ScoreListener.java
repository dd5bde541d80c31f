package io.github.seeddelta.eval.score;

/// Hears of every chunk that is done. `fresh` is false for a chunk that came out of the journal.
@FunctionalInterface
public interface ScoreListener {
    void chunkDone(Progress progress);

    /// @param chunksDone  chunks finished, journal ones included
    /// @param chunksTotal chunks of this context length
    /// @param basePpl     running perplexity of the base
    /// @param modelPpl    running perplexity of the model
    record Progress(int ctx, int chunksDone, int chunksTotal, boolean fresh, double basePpl, double modelPpl) {}

    static ScoreListener silent() {
        return progress -> {};
    }
}
