package io.github.seeddelta.toy.a;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// The numbers that docs/FORMAT.md prints.
final class SeededBasesTest {
    private static final SeededBases UP = new SeededBases(1, "blk.0.ffn_up");

    @Test
    void signsAreTheBitsOfThePrintedWords() {
        assertThat(word(0)).isEqualTo(0x3abc73abL);
        assertThat(word(32)).isEqualTo(0xa83719d9L);
        assertThat(word(4096 * 32)).isEqualTo(0x3ed1ea08L);
    }

    private static long word(int from) {
        long word = 0;
        for (int bit = 0; bit < 32; bit++) {
            word |= UP.sign(0, from + bit) < 0 ? 1L << bit : 0;
        }
        return word;
    }

    @Test
    void hadamardStackOfThePage() {
        double[] theta = {1, 2, -1, 0, 3, 1, -2, 4};
        for (int k = 0; k < theta.length; k++) {
            theta[k] *= 0.5;
        }
        double[] w0 = UP.hadamardStacks(2, 6, 8, 2, new double[][] {theta});
        assertThat(java.util.Arrays.stream(w0, 0, 6).map(v -> v * 128).toArray())
                .containsExactly(32, 80, 64, -32, 32, -48);
    }
}
