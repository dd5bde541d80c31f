package io.github.seeddelta.eval.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.seeddelta.eval.stats.Paired;
import io.github.seeddelta.eval.stats.Verdict;
import org.junit.jupiter.api.Test;

class EvalTableTest {
    @Test
    void shows_every_section_that_was_measured() {
        String text = EvalTable.render(Samples.full(0.4, false));
        assertThat(text)
                .startsWith("Fails the greedy pack")
                .contains("file size", "138.1 MiB", "61.2 MiB", "−55.7 %")
                .contains("PPL, ctx 512, 60 chunks", "PPL, ctx 1024, 30 chunks", "KLD 90 %, 99 %", "same top 1")
                .containsPattern("non-finite results replaced +3")
                .contains("RSS anon, ctx 512", "RSS peak, ctx 64, no repack")
                .contains("410.2 (402.9 to 421.7)", "×0.73")
                .contains("P03_single_word: exact: is \"now now");
    }

    @Test
    void leaves_out_what_was_not_measured() {
        String text = EvalTable.render(Samples.scored("m", 100, Samples.bucket(64, 3, 0.1, false)));
        assertThat(text).contains("PPL, ctx 64").doesNotContain("KLD", "RSS", "tok/s", "Greedy");
    }

    @Test
    void columns_line_up_whatever_the_characters() {
        String text = new TextTable("", "a", "b")
                .row("Δ", "1", "−22")
                .row("long name", "333", "4")
                .render();
        assertThat(text).isEqualTo("""
                                     a    b
                        ───────────────────
                        Δ            1  −22
                        long name  333    4
                        """);
    }

    @Test
    void numbers_read_well_at_every_size() {
        assertThat(Format.number(0)).isEqualTo("0");
        assertThat(Format.number(22.95201)).isEqualTo("22.9520");
        assertThat(Format.number(0.00031)).isEqualTo("3.10e-04");
        assertThat(Format.number(3.2e9)).isEqualTo("3.20e+09");
        assertThat(Format.number(Double.POSITIVE_INFINITY)).isEqualTo("not finite");
        assertThat(Format.signedPercent(-0.001)).isEqualTo("0.00 %");
        assertThat(Format.signedPercent(-7)).isEqualTo("−7.00 %");
        assertThat(Format.signedPercent(431)).isEqualTo("+431.0 %");
        assertThat(Format.change(new Paired(Math.log(1.05), 0.01, 0.01, 0.01, Verdict.WORSE)))
                .isEqualTo("+5.00 % ± 1.05");
        assertThat(Format.change(new Paired(20, 0.3, 0.3, 0.3, Verdict.WORSE))).isEqualTo("+4.85e+10 % ± 1.46e+10");
        assertThat(Format.mib(3 << 20)).isEqualTo("3.00 MiB");
    }
}
