package io.github.seeddelta.eval.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.stats.Bucket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static Comparison.Entry entry(String label, long sizeBytes, double damage) {
        return new Comparison.Entry(label, Samples.scored(label, sizeBytes, Samples.bucket(128, 20, damage, true)));
    }

    private static Comparison.Entry withGreedy(Comparison.Entry e, boolean pass) {
        EvalResult r = e.result();
        return new Comparison.Entry(
                e.label(),
                new EvalResult(
                        r.base(),
                        r.model(),
                        r.text(),
                        r.buckets(),
                        r.memory(),
                        r.speed(),
                        Optional.of(Samples.greedy(pass)),
                        r.reference(),
                        r.nonFinite(),
                        r.run()));
    }

    private static List<String> labels(Comparison c) {
        return c.rows().stream().map(Comparison.Row::label).toList();
    }

    @Test
    void the_smallest_divergence_comes_first_whatever_the_order_given() {
        Comparison.Entry a = entry("a", 60, 0.1);
        Comparison.Entry b = entry("b", 70, 0.5);
        Comparison.Entry c = entry("c", 90, 0.02);
        assertThat(labels(Comparison.of(List.of(a, b, c)))).containsExactly("c", "a", "b");
        assertThat(labels(Comparison.of(List.of(b, c, a)))).containsExactly("c", "a", "b");
        assertThat(Comparison.of(List.of(a, b, c)).byKld()).isTrue();
    }

    @Test
    void the_frontier_holds_what_nothing_beats_in_both() {
        Comparison c = Comparison.of(
                List.of(entry("small bad", 50, 0.9), entry("big good", 90, 0.02), entry("beaten", 95, 0.5)));
        assertThat(c.rows())
                .extracting(Comparison.Row::label, Comparison.Row::frontier)
                .containsExactly(tuple("big good", true), tuple("beaten", false), tuple("small bad", true));
    }

    @Test
    void a_failed_pack_ranks_last_and_off_the_frontier() {
        Comparison c = Comparison.of(
                List.of(withGreedy(entry("fails", 50, 0.02), false), withGreedy(entry("passes", 60, 0.5), true)));
        assertThat(labels(c)).containsExactly("passes", "fails");
        assertThat(c.rows().getLast().frontier()).isFalse();
        assertThat(c.rows().getFirst().frontier()).isTrue();
    }

    @Test
    void rows_closer_than_the_noise_are_marked() {
        Comparison c = Comparison.of(List.of(entry("a", 50, 0.010), entry("b", 60, 0.011), entry("c", 70, 0.9)));
        assertThat(c.rows()).extracting(Comparison.Row::tiedWithAbove).containsExactly(false, true, false);
    }

    @Test
    void other_bases_texts_and_lengths_are_not_ranked_and_say_why() {
        EvalResult r = Samples.scored("x", 60, Samples.bucket(128, 20, 0.1, true));
        EvalResult otherBase =
                with(r, new ModelFile("b", "f".repeat(64), 9, OptionalLong.empty()), r.text(), r.primary());
        EvalResult otherText = with(r, r.base(), Optional.of(new TextFile("t", "e".repeat(64))), r.primary());
        EvalResult otherChunks = with(r, r.base(), r.text(), Optional.of(Samples.bucket(128, 19, 0.01, true)));
        EvalResult otherCtx = with(r, r.base(), r.text(), Optional.of(Samples.bucket(64, 20, 0.01, true)));
        EvalResult noPpl = with(r, r.base(), Optional.empty(), Optional.empty());
        Comparison c = Comparison.of(List.of(
                new Comparison.Entry("first", r),
                new Comparison.Entry("b", otherBase),
                new Comparison.Entry("t", otherText),
                new Comparison.Entry("n", otherChunks),
                new Comparison.Entry("c", otherCtx),
                new Comparison.Entry("p", noPpl)));
        assertThat(labels(c)).containsExactly("first", "b", "t", "n", "c", "p");
        assertThat(c.rows().stream().map(x -> x.problem().orElse("")))
                .containsExactly("", "other base", "other text", "other chunks", "other ctx", "no perplexity");
        assertThat(CompareTable.render(c)).contains("not ranked: other base");
    }

    @Test
    void without_divergence_everywhere_the_paired_change_decides() {
        Comparison.Entry good =
                new Comparison.Entry("good", Samples.scored("good", 80, Samples.bucket(128, 20, 0.05, false)));
        Comparison c = Comparison.of(List.of(entry("bad", 60, 0.8), good));
        assertThat(c.byKld()).isFalse();
        assertThat(labels(c)).containsExactly("good", "bad");
    }

    @Test
    void equal_labels_are_numbered_and_nothing_is_an_error() {
        assertThat(labels(Comparison.of(List.of(entry("a", 1, 0.1), entry("a", 2, 0.2)))))
                .containsExactly("a", "a (2)");
        assertThatThrownBy(() -> Comparison.of(List.of()))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("nothing to compare");
    }

    @Test
    void the_table_shows_bytes_bits_and_the_base() {
        String table = CompareTable.render(Comparison.of(List.of(entry("sd", 64_160_000L, 0.3))));
        assertThat(table.lines().toList())
                .anyMatch(l -> l.startsWith("base: SmolLM2-135M-Q8_0.gguf") && l.contains("144,811,968   8.612"))
                .anyMatch(l -> l.startsWith("1. sd") && l.contains("64,160,000   3.816"));
    }

    private static EvalResult with(EvalResult r, ModelFile base, Optional<TextFile> text, Optional<Bucket> bucket) {
        return new EvalResult(
                base,
                r.model(),
                text,
                bucket.stream().toList(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                Map.of());
    }
}
