package io.github.seeddelta.toy.a;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The formulas against the matrices that they speak of.
final class FamiliesTest {
    @ParameterizedTest
    @CsvSource({"37, 53", "64, 64", "100, 80", "128, 20"})
    void theFormulaIsTheErrorOfTheIdealWeight(int nIn, int nOut) {
        List<ControlledCase> cases = Families.of(nIn, nOut);
        assertThat(cases).extracting(ControlledCase::family).contains("A1", "A2", "A3", "A4", "A5");
        for (ControlledCase known : cases) {
            double error = 0;
            double norm = 0;
            double cosines = 0;
            for (int r = 0; r < nOut; r++) {
                double w2 = 0;
                double hat2 = 0;
                double both = 0;
                for (int i = r * nIn; i < (r + 1) * nIn; i++) {
                    double w = known.w()[i];
                    double hat = known.ideal()[i];
                    w2 += w * w;
                    hat2 += hat * hat;
                    both += w * hat;
                }
                error += w2 - 2 * both + hat2;
                norm += w2;
                cosines += both / Math.sqrt(w2 * hat2);
            }
            assertThat(Math.sqrt(Math.max(0, error) / norm))
                    .as("%s %s, %s", known.id(), known.about(), known.setting())
                    .isCloseTo(known.dropped(), within(1e-6));
            assertThat(cosines / nOut).as(known.id()).isCloseTo(known.cos(), within(1e-7));
        }
    }

    @ParameterizedTest
    @CsvSource({"64, 64", "100, 80"})
    void lossyCasesLoseWhatTheirNameSays(int nIn, int nOut) {
        List<ControlledCase> cases = Families.of(nIn, nOut);
        assertThat(cases).filteredOn(c -> c.family().equals("A3")).anyMatch(c -> c.dropped() > 0.3);
        assertThat(cases).filteredOn(c -> c.family().equals("A5")).anyMatch(c -> c.dropped() > 0.1);
        assertThat(cases).filteredOn(ControlledCase::isExact).hasSizeGreaterThan(2);
        assertThat(cases).filteredOn(c -> c.family().equals("A4")).allMatch(c -> c.dropped() == 0);
    }
}
