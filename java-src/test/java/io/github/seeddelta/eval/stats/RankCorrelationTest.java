package io.github.seeddelta.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RankCorrelationTest {
    @Test
    void anyRisingCurveIsOneAndAnyFallingOneMinusOne() {
        double[] x = {1, 2, 3, 4, 5};
        assertThat(RankCorrelation.of(x, new double[] {1, 10, 100, 1000, 1e9}).rho())
                .isEqualTo(1);
        assertThat(RankCorrelation.of(x, new double[] {9, 8, 7, 6, -5}).rho()).isEqualTo(-1);
    }

    /// scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) = 0.8207826816681233
    @Test
    void tiesShareTheirRank() {
        RankCorrelation c = RankCorrelation.of(new double[] {1, 2, 3, 4, 5}, new double[] {5, 6, 7, 8, 7});
        assertThat(c.rho()).isCloseTo(0.8207826816681233, within(1e-12));
        assertThat(c.n()).isEqualTo(5);
    }

    @Test
    void whatIsNotANumberDoesNotCount() {
        RankCorrelation c = RankCorrelation.of(
                new double[] {1, Double.NaN, 2, 3, 4}, new double[] {1, 0, 2, Double.POSITIVE_INFINITY, 9});
        assertThat(c.n()).isEqualTo(3);
        assertThat(c.rho()).isNaN();
        assertThat(RankCorrelation.of(new double[] {1, 1, 1, 1}, new double[] {1, 2, 3, 4})
                        .rho())
                .isNaN();
    }
}
