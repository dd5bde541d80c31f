package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final int DRAWS = 20_000;

    @Test
    void greedyTakesTheFirstOfTheLargest() {
        assertThat(Sampler.greedy().pick(logits(-1, 3, 2, 3))).isEqualTo(1);
        assertThat(Sampler.temperature(0, 7).pick(logits(5, 1))).isZero();
    }

    @Test
    void temperatureDrawsFromTheSoftmax() {
        // softmax([0, ln 3] / 1) = [1/4, 3/4]; at temperature 2 the odds are 1 : √3.
        MemorySegment logits = logits(0, (float) Math.log(3));
        assertThat(shareOfOnes(Sampler.temperature(1, 42), logits)).isCloseTo(0.75, within(0.015));
        assertThat(shareOfOnes(Sampler.temperature(2, 42), logits))
                .isCloseTo(Math.sqrt(3) / (1 + Math.sqrt(3)), within(0.015));
    }

    @Test
    void largeLogitsDoNotOverflow() {
        assertThat(shareOfOnes(Sampler.temperature(0.5, 1), logits(-1e30f, 1e30f)))
                .isEqualTo(1);
    }

    @Test
    void sameSeedSameChoices() {
        MemorySegment logits = logits(1, 1, 1, 1, 1, 1, 1, 1);
        assertThat(choices(Sampler.temperature(1, 5), logits)).isEqualTo(choices(Sampler.temperature(1, 5), logits));
        assertThat(choices(Sampler.temperature(1, 5), logits)).isNotEqualTo(choices(Sampler.temperature(1, 6), logits));
    }

    @Test
    void temperatureMustBeANumberFromZeroOn() {
        for (double bad : new double[] {-0.1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> Sampler.temperature(bad, 1)).isInstanceOf(NativeException.Usage.class);
        }
    }

    private static double shareOfOnes(Sampler sampler, MemorySegment logits) {
        return IntStream.range(0, DRAWS).filter(i -> sampler.pick(logits) == 1).count() / (double) DRAWS;
    }

    private static int[] choices(Sampler sampler, MemorySegment logits) {
        return IntStream.range(0, 20).map(i -> sampler.pick(logits)).toArray();
    }

    private static MemorySegment logits(float... values) {
        return MemorySegment.ofArray(values);
    }
}
