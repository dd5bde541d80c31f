package io.github.seeddelta.policy;

import static io.github.seeddelta.policy.TensorKind.FFN_DOWN;
import static io.github.seeddelta.policy.TensorKind.FFN_GATE;
import static io.github.seeddelta.policy.TensorKind.FFN_UP;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every file in `policies/` is a policy that works and does what its description says.
class ExamplePoliciesTest {
    private static final int LAYERS = 24;

    static List<Path> files() {
        try (Stream<Path> files = Files.list(Path.of("policies"))) {
            return files.filter(f -> f.toString().endsWith(".json") && !f.endsWith("policy.schema.json"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void parsesStrictlyAndMatchesTheSchema(Path file) {
        Policy policy = Policies.strict(text(file));
        assertThat(policy.rulesWithoutLayers(LAYERS)).isEmpty();
        assertThat(PolicySchemaTest.accepts(text(file))).isTrue();
        assertThat(text(file)).contains("\"$schema\": \"./policy.schema.json\"").contains("\"description\": ");
    }

    @Test
    void thereIsOnePerFeature() {
        assertThat(files())
                .extracting(f -> f.getFileName().toString())
                .contains(
                        "gate-only.json",
                        "safe.json",
                        "research.json",
                        "precedence.json",
                        "autotune.json",
                        "base.json",
                        "seed-search.json",
                        "codebook.json",
                        "trellis.json",
                        "thresholds.json",
                        "stack.json",
                        "down-only.json",
                        "disable-all.json");
    }

    private static ResolvedTensor resolve(String file, int layer, TensorKind kind) {
        return Policies.resolve(text(Path.of("policies", file)), layer, kind, LAYERS);
    }

    @Test
    void theyDoWhatTheySay() {
        assertThat(resolve("gate-only.json", 5, FFN_GATE).enabled()).isTrue();
        assertThat(resolve("gate-only.json", 5, FFN_UP).enabled()).isFalse();
        assertThat(resolve("disable-all.json", 5, FFN_GATE).enabled()).isFalse();
        assertThat(resolve("research.json", 5, FFN_DOWN).gating().set()).isEqualTo(GateSet.RESEARCH);
        assertThat(resolve("precedence.json", 5, FFN_GATE).block()).isEqualTo(16);
        assertThat(resolve("precedence.json", 20, FFN_UP).k()).isEqualTo(160);
        assertThat(resolve("precedence.json", 5, FFN_DOWN).k()).isEqualTo(640);
        assertThat(resolve("precedence.json", 7, FFN_GATE).enabled()).isFalse();
        assertThat(resolve("base.json", 23, FFN_GATE).base().kind()).isEqualTo("prng_block");
        assertThat(resolve("thresholds.json", 21, FFN_UP).gating().metric()).isEqualTo(Metric.COS_X);
        assertThat(resolve("down-only.json", 4, FFN_DOWN).tuning().kSchedule()).isEqualTo(List.of(256, 384, 512));
        assertThat(resolve("down-only.json", 4, FFN_GATE).enabled()).isFalse();
        assertThat(Policies.strict(text(Path.of("policies", "stack.json")))
                        .stackLimits(CliDefaults.NONE)
                        .maxTensors())
                .hasValue(6);
    }

    /// `safe.json` claims to be what happens without a policy.
    @Test
    void safeIsTheDefaultWrittenOut() {
        Policy safe = Policies.strict(text(Path.of("policies", "safe.json")));
        assertThat(safe.stackLimits(CliDefaults.NONE)).isEqualTo(Policy.none().stackLimits(CliDefaults.NONE));
        for (TensorKind kind : TensorKind.values()) {
            ResolvedTensor with = safe.resolve(3, kind, CliDefaults.NONE, LAYERS, Policies.NAMES);
            ResolvedTensor without = Policy.none().resolve(3, kind, CliDefaults.NONE, LAYERS, Policies.NAMES);
            assertThat(PolicyJson.settings(with)).isEqualTo(PolicyJson.settings(without));
        }
    }
}
