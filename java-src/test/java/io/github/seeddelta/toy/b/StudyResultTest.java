package io.github.seeddelta.toy.b;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.toy.ToyB;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class StudyResultTest {
    private static final List<TensorKind> KINDS = List.of(TensorKind.FFN_GATE, TensorKind.FFN_UP);

    private static Outcome outcome(int right, double kld, double cos) {
        return new Outcome(
                Map.of("sum", new ToyB.Score(right, 100)),
                1.3,
                0.01,
                0.001,
                "worse",
                kld,
                kld / 10,
                0.9,
                1,
                1000,
                new TreeMap<>(Map.of("cos_mean_x", cos)));
    }

    /// Layer n alone costs n answers and cosine; the third interleaved set is over the cliff.
    private static StudyResult study(int gated) {
        List<StudyResult.Row> rows = new ArrayList<>();
        rows.add(new StudyResult.Row(Stage.baseline(true), outcome(99, 0, 1)));
        rows.add(new StudyResult.Row(Stage.baseline(false), outcome(98, 0, 1)));
        for (Stage stage : Stage.alone(4, KINDS)) {
            int n = stage.layers().getFirst();
            rows.add(new StudyResult.Row(stage, outcome(99 - n, 0.01 * n, 1 - 0.1 * n)));
        }
        int[] interleaved = {97, 90, 80, 20};
        for (Stage stage : Stage.interleaved(4, KINDS)) {
            rows.add(new StudyResult.Row(
                    stage, outcome(interleaved[stage.layers().size() - 1], 0.5, 0)));
        }
        rows.add(new StudyResult.Row(Stage.gated(4, KINDS), outcome(gated, 0.02, 0)));
        return new StudyResult(rows, 1);
    }

    @Test
    void theCliffIsTheFirstSetFarBelowTheBaseline() {
        StudyResult result = study(97);
        assertThat(result.cliff().orElseThrow().stage().layers()).containsExactly(1, 3, 0);
        assertThat(result.gatePreventsCollapse()).isTrue();
        assertThat(study(60).gatePreventsCollapse()).isFalse();
    }

    @Test
    void lossIsAgainstTheBaselineOfTheSameItems() {
        StudyResult result = study(97);
        assertThat(result.fragile())
                .extracting(row -> row.stage().layers().getFirst())
                .containsExactly(3, 2, 1, 0);
        assertThat(result.loss(result.fragile().getFirst())).isCloseTo(0.03, within(1e-12));
        assertThat(result.loss(result.gated())).isCloseTo(0.01, within(1e-12));
    }

    @Test
    void metricsAreRankedByWhatTheyForesee() {
        StudyResult.Correlation cos = study(97).correlations().getFirst();
        assertThat(cos.metric()).isEqualTo("cos_mean_x");
        assertThat(cos.loss()).isCloseTo(-1, within(1e-12));
        assertThat(cos.weights()).isEqualTo(8);
    }

    @Test
    void anOutcomeSurvivesItsFile() throws Exception {
        Outcome kept = outcome(97, 0.25, 0.75);
        assertThat(Outcome.read(new ObjectMapper().readTree(kept.json().toString())))
                .isEqualTo(kept);
    }

    @Test
    void separateLayersLieFarApart() {
        assertThat(Stage.separate(8, KINDS))
                .extracting(Stage::layers)
                .containsExactly(List.of(0, 7), List.of(0, 3, 7), List.of(0, 2, 4, 7));
    }

    @Test
    void thePageNamesCliffAndGate() {
        String page = StudyPage.render(study(97));
        assertThat(page).contains("The gate prevents the collapse", "The cliff comes at 3 layers", "cos_mean_x");
        assertThat(page).doesNotContain("http");
    }
}
