package io.github.seeddelta.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintedTest {
    @Test
    void rounds_the_exact_binary_value_as_printf_does() {
        // printf("%.2f", 0.125) is 0.12 (a tie, half to even); String.format gives 0.13
        assertThat(Printed.fixed(0.125, 2)).isEqualTo("0.12");
        assertThat(String.format("%.2f", 0.125)).isEqualTo("0.13");
        // 2.675 is stored a little below it, 1.00005 a little above
        assertThat(Printed.fixed(2.675, 2)).isEqualTo("2.67");
        assertThat(String.format("%.2f", 2.675)).isEqualTo("2.68");
        assertThat(Printed.fixed(1.00005, 4)).isEqualTo("1.0001");
    }

    @Test
    void prints_signs_and_what_is_not_finite_as_c_does() {
        assertThat(Printed.fixed(-0.00001, 4)).isEqualTo("-0.0000");
        assertThat(Printed.fixed(-1.5, 0)).isEqualTo("-2");
        assertThat(Printed.fixed(Double.NaN, 4)).isEqualTo("nan");
        assertThat(Printed.fixed(Double.NEGATIVE_INFINITY, 4)).isEqualTo("-inf");
    }
}
