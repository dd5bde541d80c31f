package io.github.seeddelta.eval.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.BucketAccumulator;
import io.github.seeddelta.eval.stats.Paired;
import io.github.seeddelta.eval.stats.Verdict;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class HeadlineTest {
    private static EvalResult of(Bucket b) {
        return Samples.scored("m", 64_160_000L, b);
    }

    private static EvalResult reference(Reference ref) {
        return new EvalResult(
                Samples.base(),
                Samples.model("m", 10),
                Optional.of(Samples.text()),
                List.of(Samples.bucket(64, 4, 0, true)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(ref),
                OptionalLong.empty(),
                Map.of());
    }

    @Test
    void identical_scores_are_called_identical() {
        Headline h = Headline.of(of(Samples.bucket(64, 4, 0, true)));
        assertThat(h.title()).startsWith("Identical to the base");
        assertThat(h.tone()).isEqualTo(Headline.Tone.GOOD);
    }

    @Test
    void a_clear_loss_is_in_the_title_with_its_error() {
        Headline h = Headline.of(of(Samples.bucket(512, 60, 0.4, true)));
        assertThat(h.title()).matches("Worse than the base: PPL \\+\\d+\\.\\d\\d? % ± \\d\\.\\d\\d");
        assertThat(h.tone()).isEqualTo(Headline.Tone.BAD);
    }

    @Test
    void a_difference_inside_its_error_is_no_difference() {
        BucketAccumulator b = new BucketAccumulator(8);
        b.add(new double[] {1, 2, 3, 4}, new double[] {1.5, 1.6, 3.5, 3.7}, Optional.empty());
        Headline h = Headline.of(of(b.result()));
        assertThat(h.title()).isEqualTo("No measurable PPL difference from the base");
        assertThat(h.details()).anyMatch(d -> d.contains("inside two standard errors"));
    }

    @Test
    void a_low_perplexity_does_not_hide_changed_answers() {
        Bucket worse = Samples.bucket(512, 60, 0.4, true);
        Bucket lower = new Bucket(
                512,
                60,
                worse.tokensScored(),
                worse.modelPpl(),
                worse.basePpl(),
                new Paired(-worse.paired().lnPplRatio(), 0.001, 0.001, 0.001, Verdict.BETTER),
                worse.modelChunkNll(),
                worse.baseChunkNll(),
                worse.kld());
        Headline h = Headline.of(of(lower));
        assertThat(h.title()).startsWith("Lower PPL than the base: −");
        assertThat(h.details()).anyMatch(d -> d.contains("go by KLD"));
    }

    @Test
    void a_failed_pack_outranks_perplexity_and_a_wrong_reference_outranks_both() {
        EvalResult failed = Samples.full(0, false);
        assertThat(Headline.of(failed).title()).startsWith("Fails the greedy pack");
        assertThat(failed.isFailed()).isTrue();
        EvalResult wrong = reference(new Reference("22.9520", Optional.of("23.5"), "22.9520", "23.6"));
        assertThat(Headline.of(wrong).title()).contains("not upstream's");
        assertThat(Headline.of(wrong).details()).anyMatch(d -> d.contains("23.5") && d.contains("23.6"));
        assertThat(wrong.isFailed()).isTrue();
        assertThat(reference(new Reference("1.0", Optional.empty(), "1.0", "2.0"))
                        .isFailed())
                .isFalse();
        assertThat(Samples.full(0.4, true).isFailed()).isFalse();
    }

    @Test
    void speed_ratios_are_formed_pair_by_pair() {
        Speed s = new Speed(
                List.of(new SpeedRun(100, 10), new SpeedRun(50, 5), new SpeedRun(100, 10)),
                List.of(new SpeedRun(120, 9), new SpeedRun(60, 4.5), new SpeedRun(130, 9)));
        assertThat(s.promptRatio()).isEqualTo(new Speed.Spread(1.2, 1.2, 1.3));
        assertThat(s.generationRatio().median()).isEqualTo(0.9);
        assertThat(s.prompt(Side.BASE)).isEqualTo(new Speed.Spread(100, 50, 100));
    }
}
