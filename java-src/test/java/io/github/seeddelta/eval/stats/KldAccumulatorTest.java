package io.github.seeddelta.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KldAccumulatorTest {
    @Test
    void figures_of_a_made_example() {
        KldAccumulator a = new KldAccumulator();
        double[] kld = new double[20];
        double[] pBase = new double[20];
        double[] pModel = new double[20];
        boolean[] same = new boolean[20];
        for (int i = 0; i < 20; i++) {
            kld[19 - i] = i;
            pBase[i] = 0.5;
            pModel[i] = i % 2 == 0 ? 0.6 : 0.4;
            same[i] = i < 15;
        }
        a.add(new KldTokens(kld, pBase, pModel, same));
        Kld k = a.summary();
        assertThat(k.mean()).isEqualTo(9.5);
        // variance of 0…19 is (20² − 1)/12 = 33.25; upstream divides it by n − 1
        assertThat(k.se()).isCloseTo(Math.sqrt(33.25 / 19), within(1e-12));
        assertThat(k.median()).isEqualTo(9.5);
        assertThat(k.p90()).isCloseTo(17.1, within(1e-9));
        assertThat(k.p99()).isCloseTo(18.81, within(1e-9));
        assertThat(k.max()).isEqualTo(19);
        assertThat(k.sameTop1()).isEqualTo(0.75);
        assertThat(k.sameTop1Se()).isCloseTo(Math.sqrt(0.75 * 0.25 / 19), within(1e-12));
        assertThat(k.dpRms()).isCloseTo(0.1, within(1e-12));
        assertThat(k.dpRmsSe()).isCloseTo(0, within(1e-9));
        assertThat(k.tokens()).isEqualTo(20);
    }

    @Test
    void many_chunks_give_what_one_big_sort_gives() {
        Random random = new Random(4);
        double[] all = new double[30_000];
        KldAccumulator a = new KldAccumulator();
        for (int at = 0; at < all.length; at += 300) {
            double[] kld = random.doubles(300).map(u -> Math.pow(u, 6)).toArray();
            System.arraycopy(kld, 0, all, at, 300);
            a.add(new KldTokens(kld, new double[300], new double[300], new boolean[300]));
        }
        Arrays.sort(all);
        Kld k = a.summary();
        assertThat(k.max()).isEqualTo(all[29_999]);
        assertThat(k.median()).isEqualTo(0.5 * (all[14_999] + all[15_000]));
        assertThat(k.p99()).isBetween(all[29_699], all[29_701]);
        assertThat(k.histogram().total()).isEqualTo(30_000);
    }

    @Test
    void identical_distributions_give_zeros() {
        KldAccumulator a = new KldAccumulator();
        boolean[] same = new boolean[50];
        Arrays.fill(same, true);
        double[] p = new Random(5).doubles(50).toArray();
        a.add(new KldTokens(new double[50], p, p.clone(), same));
        Kld k = a.summary();
        assertThat(k.mean()).isZero();
        assertThat(k.honestSe()).isZero();
        assertThat(k.sameTop1()).isEqualTo(1);
        assertThat(k.dpRms()).isZero();
        assertThat(k.dpRmsSe()).isZero();
        assertThat(k.histogram().below()).isEqualTo(50);
    }

    @Test
    void histogram_bins_are_a_quarter_of_a_decade() {
        LogHistogram h = LogHistogram.of(new double[] {-1e-9, 0, 1e-9, 1.01e-8, 1.01, 99, 1e9, Double.NaN}, 8);
        assertThat(h.below()).isEqualTo(3);
        assertThat(h.counts().getFirst()).isEqualTo(1);
        assertThat(h.counts().get(32)).isEqualTo(1);
        assertThat(h.counts().getLast()).isEqualTo(2);
        assertThat(LogHistogram.lowerExponent(32)).isZero();
        assertThat(h.total()).isEqualTo(7);
    }

    @Test
    void nothing_to_summarise_and_ragged_chunks_are_refused() {
        assertThatThrownBy(() -> new KldAccumulator().summary()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new KldTokens(new double[2], new double[2], new double[1], new boolean[2]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
