package io.github.seeddelta.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.TensorKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScanJsonTest {
    private static final ScanJson.Meta META = new ScanJson.Meta("m.gguf", "t.txt", 512, 4, "made of this");

    private static ScanRow row(int layer, TensorKind kind, double error, double cosine, double kld) {
        TensorId id = new TensorId(layer, kind);
        Map<String, Double> metrics = Map.of("err_h", error, "cos_mean_act", cosine, "norm_w", 3.0);
        return new ScanRow(
                kind.weightName(layer) + " K=64",
                "K=64",
                List.of(id),
                1000,
                400,
                new TreeMap<>(metrics),
                kld,
                .001,
                .02,
                .01,
                .9);
    }

    private static List<ScanRow> rows() {
        List<ScanRow> rows = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            // The cosine is turned round, so that it ranks the harm backwards.
            rows.add(row(i, TensorKind.FFN_GATE, .1 * i, .5 + .05 * i, .01 * i * i));
        }
        return rows;
    }

    @Test
    void whatIsWrittenIsReadBackWhileTheFingerprintHolds(@TempDir Path dir) throws IOException {
        Path file = dir.resolve(Scan.FILE);
        ScanJson.write(file, META, rows());
        assertThat(ScanJson.read(file, META.fingerprint())).isEqualTo(rows());
        assertThat(ScanJson.read(file, "made of something else")).isEmpty();
        assertThat(ScanJson.read(dir.resolve("nothing"), META.fingerprint())).isEmpty();
        Files.writeString(file, "{\"version\": 2, ");
        assertThat(ScanJson.read(file, META.fingerprint())).isEmpty();
    }

    @Test
    void theBestPredictorComesFirstAndOnesThatSayNothingAreLeftOut() {
        assertThat(ScanTable.text(rows()).lines().map(line -> line.split("  +")[0]))
                .containsExactly("Spearman with mean KLD", "err_h", "1 - cos_mean_act");
        assertThat(Predictors.of(rows()).getFirst().byGroup().get("all").rho()).isEqualTo(1);
        assertThat(Predictors.of(rows()).getLast().byGroup().get("gate").rho()).isEqualTo(-1);
    }

    @Test
    void thePageStandsAloneAndShowsEveryPoint() {
        String page = ScanPage.render(META, rows());
        assertThat(page).contains("1 - cos_mean_act").doesNotContain("http://").doesNotContain("<script");
        // err_h 0 and KLD 0 have no place on logarithmic axes: 5 of 6 points on each of 2 plots, the cosine's too.
        assertThat(page.split("<circle", -1)).hasSize(1 + 10);
    }
}
