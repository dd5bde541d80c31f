package io.github.seeddelta.eval.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.KldTokens;
import io.github.seeddelta.eval.stats.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoringLoopTest {
    private static final int TOKENS = 31;

    @TempDir
    private Path dir;

    private final List<String> calls = new ArrayList<>();

    private ChunkScorer scorer(String name, long seed) {
        return (ctx, chunk) -> {
            calls.add(name + chunk);
            Random random = new Random(seed * 1000 + chunk);
            double[] nll = random.doubles(TOKENS, 0, 6).toArray();
            return name.equals("base")
                    ? ChunkScores.ofNll(nll)
                    : ChunkScores.ofNllAndKld(
                            nll,
                            new KldTokens(
                                    random.doubles(TOKENS).toArray(),
                                    new double[TOKENS],
                                    new double[TOKENS],
                                    new boolean[TOKENS]));
        };
    }

    private Bucket run(ScoringLoop.Memory memory, int chunks, ChunkScorer base, ChunkScorer model) {
        return new ScoringLoop("text", memory, ScoreListener.silent())
                .run(
                        64,
                        chunks,
                        new ScoringLoop.Side("base", "", base),
                        new ScoringLoop.Side("model", "kld=base", model));
    }

    @Test
    void an_interrupted_run_goes_on_and_gives_the_same_bits() throws IOException {
        Bucket whole = run(ScoringLoop.Memory.none(), 6, scorer("base", 1), scorer("model", 2));
        calls.clear();
        ChunkScorer model = scorer("model", 2);
        ChunkScorer dies = (ctx, chunk) -> {
            if (chunk == 3) {
                throw EvalException.badInput("killed");
            }
            return model.score(ctx, chunk);
        };
        Path file = dir.resolve("j");
        try (ScoreJournal j = ScoreJournal.open(file)) {
            assertThatThrownBy(() -> run(ScoringLoop.Memory.of(j), 6, scorer("base", 1), dies))
                    .hasMessage("killed");
        }
        calls.clear();
        try (ScoreJournal j = ScoreJournal.open(file)) {
            Bucket resumed = run(ScoringLoop.Memory.of(j), 6, scorer("base", 1), model);
            assertThat(resumed).isEqualTo(whole);
        }
        assertThat(calls).containsExactly("model3", "base4", "model4", "base5", "model5");
    }

    @Test
    void a_base_against_itself_has_no_difference() {
        Bucket b = run(ScoringLoop.Memory.none(), 4, scorer("base", 1), scorer("base", 1));
        assertThat(b.paired().isIdentical()).isTrue();
        assertThat(b.paired().verdict()).isEqualTo(Verdict.NO_DIFFERENCE);
        assertThat(b.basePpl()).isEqualTo(b.modelPpl());
        assertThat(b.tokensScored()).isEqualTo(4 * TOKENS);
        assertThat(b.kld()).isEmpty();
    }

    @Test
    void progress_counts_chunks_and_tells_fresh_ones() throws IOException {
        List<ScoreListener.Progress> seen = new ArrayList<>();
        try (ScoreJournal j = ScoreJournal.open(dir.resolve("j"))) {
            run(ScoringLoop.Memory.of(j), 1, scorer("base", 1), scorer("model", 2));
            new ScoringLoop("text", ScoringLoop.Memory.of(j), seen::add)
                    .run(
                            64,
                            2,
                            new ScoringLoop.Side("base", "", scorer("base", 1)),
                            new ScoringLoop.Side("model", "kld=base", scorer("model", 2)));
        }
        assertThat(seen).extracting(ScoreListener.Progress::chunksDone).containsExactly(1, 2);
        assertThat(seen).extracting(ScoreListener.Progress::fresh).containsExactly(false, true);
        Eta eta = new Eta(0);
        assertThat(eta.after(seen.get(0), 5)).isEmpty();
        ScoreListener.Progress fresh = new ScoreListener.Progress(64, 2, 5, true, 1, 1);
        assertThat(eta.after(fresh, 8_000_000_000L)).contains(Duration.ofSeconds(24));
    }

    @Test
    void pairs_that_do_not_fit_and_empty_runs_are_one_line_errors() {
        ChunkScorer shorter = (ctx, chunk) -> ChunkScores.ofNll(new double[TOKENS - 1]);
        assertThatThrownBy(() -> run(ScoringLoop.Memory.none(), 1, scorer("base", 1), shorter))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("same tokenizer")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> run(ScoringLoop.Memory.none(), 0, shorter, shorter))
                .isInstanceOfSatisfying(
                        EvalException.class,
                        e -> assertThat(e.kind().exitCode()).isEqualTo(2));
    }
}
