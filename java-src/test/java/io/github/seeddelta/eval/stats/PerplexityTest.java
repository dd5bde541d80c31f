package io.github.seeddelta.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PerplexityTest {
    @Test
    void value_and_error_are_upstreams_formulas() {
        Perplexity ppl = new Perplexity();
        ppl.add(new double[] {1, 2});
        assertThat(ppl.runningText()).isEqualTo("[1]4.4817,");
        ppl.add(new double[] {3});
        assertThat(ppl.runningText()).isEqualTo("[2]7.3891,");
        // mean 2, variance 2/3, error e² · sqrt((2/3)/2)
        assertThat(ppl.finalText()).isEqualTo("Final estimate: PPL = 7.3891 +/- 4.26607");
        assertThat(ppl.count()).isEqualTo(3);
    }

    @Test
    void has_no_error_without_variance_and_no_value_without_tokens() {
        Perplexity ppl = new Perplexity();
        assertThat(ppl.estimate().value()).isNaN();
        ppl.add(new double[] {2});
        assertThat(ppl.estimate().se()).isZero();
    }

    @Test
    void a_score_that_is_not_finite_stays_visible() {
        Perplexity ppl = new Perplexity();
        ppl.add(new double[] {1, Double.NaN});
        assertThat(ppl.estimate().isFinite()).isFalse();
        assertThat(ppl.estimate().se()).isNaN();
    }

    @Property(tries = 200)
    void does_not_depend_on_where_chunks_end(
            @ForAll @Size(min = 2, max = 60) List<@DoubleRange(max = 20) Double> scores,
            @ForAll @IntRange(min = 1, max = 59) int cut) {
        double[] nll = scores.stream().mapToDouble(Double::doubleValue).toArray();
        int at = Math.min(cut, nll.length - 1);
        Perplexity whole = new Perplexity();
        whole.add(nll);
        Perplexity parts = new Perplexity();
        parts.add(Arrays.copyOf(nll, at));
        parts.add(Arrays.copyOfRange(nll, at, nll.length));
        double ppl = whole.estimate().value();
        assertThat(parts.estimate().value()).isCloseTo(ppl, within(1e-9 * ppl));
    }
}
