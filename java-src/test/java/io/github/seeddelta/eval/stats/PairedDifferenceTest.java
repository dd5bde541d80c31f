package io.github.seeddelta.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedDifferenceTest {
    @Test
    void identical_scores_differ_by_exactly_zero() {
        PairedDifference d = new PairedDifference();
        Random random = new Random(1);
        for (int chunk = 0; chunk < 7; chunk++) {
            double[] nll = random.doubles(255, 0, 12).toArray();
            d.add(nll, nll.clone());
        }
        Paired p = d.result();
        assertThat(p.lnPplRatio()).isZero();
        assertThat(p.se()).isZero();
        assertThat(p.isIdentical()).isTrue();
        assertThat(p.verdict()).isEqualTo(Verdict.NO_DIFFERENCE);
    }

    @Test
    void token_and_chunk_errors_are_the_textbook_ones() {
        PairedDifference d = new PairedDifference();
        double[][] differences = {{0.1, 0.1}, {0.3, 0.3}, {-0.1, -0.1}};
        for (double[] c : differences) {
            d.add(new double[2], c);
        }
        Paired p = d.result();
        assertThat(p.lnPplRatio()).isCloseTo(0.1, within(1e-12));
        // variance of the tokens .16/6, over 5
        assertThat(p.seToken()).isCloseTo(Math.sqrt(0.16 / 6 / 5), within(1e-12));
        // residual chunk sums 0, .4, −.4; times 3/2; over 6 tokens
        assertThat(p.seChunk()).isCloseTo(Math.sqrt(0.32 * 1.5) / 6, within(1e-12));
        assertThat(p.se()).isEqualTo(p.seChunk());
    }

    @Test
    void the_mean_difference_is_the_log_of_the_perplexity_ratio() {
        Random random = new Random(2);
        Perplexity base = new Perplexity();
        Perplexity model = new Perplexity();
        PairedDifference d = new PairedDifference();
        for (int chunk = 0; chunk < 5; chunk++) {
            double[] b = random.doubles(100, 0, 8).toArray();
            double[] m = random.doubles(100, 0, 8).toArray();
            base.add(b);
            model.add(m);
            d.add(b, m);
        }
        double ratio = model.estimate().value() / base.estimate().value();
        assertThat(d.result().lnPplRatio()).isCloseTo(Math.log(ratio), within(1e-12));
    }

    @Test
    void verdict_is_right_about_as_often_as_two_standard_errors_promise_under_chunk_correlation() {
        Random random = new Random(3);
        int honest = 0;
        int naive = 0;
        int runs = 400;
        for (int run = 0; run < runs; run++) {
            PairedDifference d = new PairedDifference();
            for (int chunk = 0; chunk < 40; chunk++) {
                double shared = 0.05 * random.nextGaussian();
                double[] c = new double[100];
                for (int i = 0; i < c.length; i++) {
                    c[i] = shared + 0.2 * random.nextGaussian();
                }
                d.add(new double[100], c);
            }
            Paired p = d.result();
            honest += p.verdict() == Verdict.NO_DIFFERENCE ? 1 : 0;
            naive += Math.abs(p.lnPplRatio()) <= 2 * p.seToken() ? 1 : 0;
        }
        // The truth is no difference. About 95 % are called so; with tokens as independent it is far fewer.
        assertThat(honest).isBetween((int) (0.91 * runs), runs);
        assertThat(naive).isLessThan((int) (0.75 * runs));
    }

    @Test
    void a_clear_difference_has_a_direction() {
        double[] base = {1, 2, 3, 4};
        PairedDifference worse = new PairedDifference();
        worse.add(base, new double[] {1.5, 2.6, 3.5, 4.4});
        assertThat(worse.result().verdict()).isEqualTo(Verdict.WORSE);
        assertThat(worse.result().pplChangePercent()).isCloseTo(100 * Math.expm1(0.5), within(1e-9));
        PairedDifference better = new PairedDifference();
        better.add(new double[] {1.5, 2.6, 3.5, 4.4}, base);
        assertThat(better.result().verdict()).isEqualTo(Verdict.BETTER);
    }

    @Test
    void a_model_without_finite_scores_is_worse() {
        PairedDifference d = new PairedDifference();
        d.add(new double[] {1, 2}, new double[] {1, Double.NaN});
        assertThat(d.result().verdict()).isEqualTo(Verdict.WORSE);
    }

    @Test
    void different_token_counts_are_refused() {
        assertThatThrownBy(() -> new PairedDifference().add(new double[3], new double[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("base scored 3 tokens")
                .hasMessageContaining("2");
    }
}
