package io.github.seeddelta.eval.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.seeddelta.nat.RuntimeOptions;
import org.junit.jupiter.api.Test;

class ScoreSettingsTest {
    private static final String CPU = "{\"brand\": \"x\", \"features\": [], \"isa\": \"avx2\"}";
    private static final String BUILD = "{\"pin_tag\": \"v1\"}";

    @Test
    void everythingThatChangesDigitsChangesTheKey() {
        String settings = ScoreSettings.of(2, RuntimeOptions.DEFAULT, CPU, BUILD);
        assertThat(settings).contains("isa=avx2").contains("threads=2");
        assertThat(ScoreSettings.of(1, RuntimeOptions.DEFAULT, CPU, BUILD)).isNotEqualTo(settings);
        assertThat(ScoreSettings.of(2, new RuntimeOptions(false, false, 0), CPU, BUILD))
                .isNotEqualTo(settings);
        assertThat(ScoreSettings.of(2, RuntimeOptions.DEFAULT, CPU.replace("avx2", "scalar"), BUILD))
                .isNotEqualTo(settings)
                .contains("isa=scalar");
        assertThat(ScoreSettings.of(2, RuntimeOptions.DEFAULT, CPU.replace("\"x\"", "\"y\""), BUILD))
                .isNotEqualTo(settings);
        assertThat(ScoreSettings.of(2, RuntimeOptions.DEFAULT, CPU, BUILD.replace("v1", "v2")))
                .isNotEqualTo(settings);
        assertThat(ScoreSettings.of(2, RuntimeOptions.DEFAULT, CPU, BUILD)).isEqualTo(settings);
    }
}
