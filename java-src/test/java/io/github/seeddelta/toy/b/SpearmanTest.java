package io.github.seeddelta.toy.b;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SpearmanTest {
    @Test
    void onlyTheOrderCounts() {
        assertThat(Spearman.of(List.of(1.0, 2.0, 3.0, 4.0), List.of(1.0, 10.0, 11.0, 1000.0)))
                .isCloseTo(1, within(1e-12));
        assertThat(Spearman.of(List.of(1.0, 2.0, 3.0, 4.0), List.of(5.0, 4.0, -1.0, -9.0)))
                .isCloseTo(-1, within(1e-12));
    }

    @Test
    void equalValuesShareTheirRanks() {
        // Ranks 1.5 1.5 3 4 against 1 2 3 4: 4.5 / √(4.5 · 5).
        assertThat(Spearman.of(List.of(7.0, 7.0, 8.0, 9.0), List.of(1.0, 2.0, 3.0, 4.0)))
                .isCloseTo(4.5 / Math.sqrt(22.5), within(1e-12));
    }

    @Test
    void nothingToRank() {
        assertThat(Spearman.of(List.of(1.0, 1.0, 1.0), List.of(1.0, 2.0, 3.0))).isNaN();
        assertThat(Spearman.of(List.of(1.0, 2.0), List.of(1.0, 2.0))).isNaN();
    }
}
