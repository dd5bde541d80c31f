package io.github.seeddelta.report.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class ScaleTest {
    @Test
    void linear_ticks_are_round_and_inside() {
        Scale s = Scale.linear(-0.013, 0.047, 5, 0, 100);
        assertThat(s.ticks(5)).extracting(Scale.Tick::label).containsExactly("−0.02", "0.00", "0.02", "0.04", "0.06");
        assertThat(s.at(-0.02)).isZero();
        assertThat(s.at(0.02)).isCloseTo(50, within(1e-9));
        assertThat(s.at(99)).isEqualTo(100);
    }

    @Test
    void logarithmic_ticks_are_powers_with_steps_where_there_is_room() {
        assertThat(new Scale(1e-8, 10, 0, 1, true).ticks(5))
                .extracting(Scale.Tick::label)
                .containsExactly("1e−8", "1e−6", "1e−4", "0.01", "1");
        assertThat(new Scale(0.01, 0.9, 0, 1, true).ticks(5))
                .extracting(Scale.Tick::label)
                .containsExactly("0.01", "0.02", "0.05", "0.1", "0.2", "0.5");
        assertThat(new Scale(4, 50, 0, 1, true).ticks(5))
                .extracting(Scale.Tick::label)
                .containsExactly("5", "7", "10", "20", "30", "50");
        assertThat(new Scale(20, 29, 0, 1, true).ticks(4))
                .extracting(Scale.Tick::label)
                .containsExactly("20", "25");
        assertThat(new Scale(1, 100, 0, 10, true).at(10)).isCloseTo(5, within(1e-9));
    }

    @Test
    void an_axis_without_extent_is_refused_or_widened() {
        assertThatThrownBy(() -> new Scale(1, 1, 0, 1, false)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Scale(0, 1, 0, 1, true)).isInstanceOf(IllegalArgumentException.class);
        assertThat(Scale.linear(5, 5, 4, 0, 1).at(5)).isBetween(0.0, 1.0);
        assertThat(Scale.log(5, 5, 0, 1).at(5)).isCloseTo(0.5, within(1e-9));
    }

    @Property(tries = 300)
    void ticks_are_few_rising_and_on_the_axis(
            @ForAll @DoubleRange(min = -1e6, max = 1e6) double a,
            @ForAll @DoubleRange(min = 0.01, max = 1e6) double w) {
        Assume.that(Math.abs(a) < 1e6 * w);
        Scale s = Scale.linear(a, a + w, 5, 10, 400);
        double previous = Double.NEGATIVE_INFINITY;
        for (Scale.Tick t : s.ticks(5)) {
            assertThat(t.value()).isGreaterThan(previous);
            assertThat(s.at(t.value())).isBetween(10.0, 400.0);
            previous = t.value();
        }
        assertThat(s.ticks(5).size()).isBetween(2, 9);
    }
}
