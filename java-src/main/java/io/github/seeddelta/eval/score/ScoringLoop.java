package io.github.seeddelta.eval.score;

import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.BucketAccumulator;
import java.util.Optional;

/// Scores the chunks of one context length with base and model, base first, through the journal.
///
/// A chunk of either side that the journal holds is not scored again, so a base that was scored once serves every
/// later candidate on the same text, and a resumed run gives the same result to the last bit.
public final class ScoringLoop {
    /// One side of the pair.
    ///
    /// @param settings goes into the journal key; name here all that changes scores, the base digest for KLD
    // included
    public record Side(String sha256, String settings, ChunkScorer scorer) {}

    /// Where finished chunks go, or nowhere.
    public interface Memory {
        Optional<ChunkScores> get(JournalKey key);

        void put(JournalKey key, ChunkScores scores);

        static Memory of(ScoreJournal journal) {
            return new Memory() {
                @Override
                public Optional<ChunkScores> get(JournalKey key) {
                    return journal.get(key);
                }

                @Override
                public void put(JournalKey key, ChunkScores scores) {
                    journal.put(key, scores);
                }
            };
        }

        static Memory none() {
            return new Memory() {
                @Override
                public Optional<ChunkScores> get(JournalKey key) {
                    return Optional.empty();
                }

                @Override
                public void put(JournalKey key, ChunkScores scores) {}
            };
        }
    }

    private record Scored(ChunkScores scores, boolean fresh) {}

    private final String textSha256;
    private final Memory memory;
    private final ScoreListener listener;

    public ScoringLoop(String textSha256, Memory memory, ScoreListener listener) {
        this.textSha256 = textSha256;
        this.memory = memory;
        this.listener = listener;
    }

    /// Errors: EvalException when `chunks` is not positive or the two sides score different tokens.
    public Bucket run(int ctx, int chunks, Side base, Side model) {
        if (chunks < 1) {
            throw EvalException.usage("ctx " + ctx + ": nothing to score; the text must fill at least one chunk"
                    + " and --chunks must be positive");
        }
        BucketAccumulator bucket = new BucketAccumulator(ctx);
        for (int chunk = 0; chunk < chunks; chunk++) {
            Scored b = score(base, ctx, chunk);
            Scored m = score(model, ctx, chunk);
            int baseTokens = b.scores.nll().length;
            int modelTokens = m.scores.nll().length;
            if (baseTokens != modelTokens) {
                throw EvalException.badInput("chunk " + chunk + " at ctx " + ctx + ": the base scored " + baseTokens
                        + " tokens and the model " + modelTokens + "; they need the same tokenizer");
            }
            bucket.add(b.scores.nll(), m.scores.nll(), m.scores.kld());
            listener.chunkDone(new ScoreListener.Progress(
                    ctx,
                    chunk + 1,
                    chunks,
                    b.fresh || m.fresh,
                    bucket.base().estimate().value(),
                    bucket.model().estimate().value()));
        }
        return bucket.result();
    }

    private Scored score(Side side, int ctx, int chunk) {
        JournalKey key = new JournalKey(side.sha256, textSha256, ctx, chunk, side.settings);
        Optional<ChunkScores> known = memory.get(key);
        if (known.isPresent()) {
            return new Scored(known.get(), false);
        }
        ChunkScores scores = side.scorer.score(ctx, chunk);
        memory.put(key, scores);
        return new Scored(scores, true);
    }
}
