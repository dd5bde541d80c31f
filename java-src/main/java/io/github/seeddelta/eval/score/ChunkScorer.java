package io.github.seeddelta.eval.score;

/// Scores chunks of one tokenized text with one model: the seam to native code.
///
/// An implementation decodes chunk `chunkIndex` (tokens chunkIndex·ctx … +ctx, first one replaced by BOS where the
/// vocabulary asks for it) and returns one nll for each of the tokens ctx/2+1 … ctx−1, as `llama-perplexity` does.
/// A scorer that was opened against a base also returns the divergences.
///
/// Threading: one caller at a time.
/// Errors:    EvalException in one line; the chunks scored so far are in the journal.
@FunctionalInterface
public interface ChunkScorer {
    ChunkScores score(int ctx, int chunkIndex);
}
