package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.toy.ToyB;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The shape of what `bench` prints; never how fast.
@Tag("native")
class BenchIT {
    private static final Set<String> DENSE = Set.of("f16", "q8_0", "q4_k", "q2_k");

    @TempDir
    Path dir;

    @Test
    void everyBaseSchemeAndValueTypeHasARow() throws IOException {
        JsonNode rows = kernels("--shape", "32x256", "--tokens", "1,17", "--rounds", "1", "--isa", "scalar");
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode row : rows) {
            names.add(row.path("name").asText());
            assertThat(row.path("tokens").asInt()).isIn(1, 17);
            assertThat(row.path("gweights_s").asDouble()).isPositive();
            assertThat(row.path("bytes").asLong()).isPositive();
            assertThat(row.path("bandwidth_share").asDouble()).isPositive();
            assertThat(row.path("ratio_to_q8_0").asDouble()).isPositive();
            assertThat(row.path("ratio_to_q2_k").asDouble()).isPositive();
            assertThat(row.path("isa").asText())
                    .isEqualTo(DENSE.contains(row.path("name").asText()) ? "ggml" : "scalar");
        }
        assertThat(names).containsAll(DENSE).contains("coo-f16", "block-i8", "prng_block+coo-f16");
        assertThat(rows).hasSize(2 * names.size());
    }

    @Test
    void aShapeThatNoKQuantFitsHasNoRatioToOne() throws IOException {
        JsonNode rows = kernels("--shape", "32x96", "--tokens", "1", "--rounds", "1", "--only", "coo-f16");
        assertThat(rows).isNotEmpty().allSatisfy(row -> {
            assertThat(row.path("ratio_to_q2_k").isNull()).isTrue();
            assertThat(row.path("ratio_to_f16").isNumber()).isTrue();
        });
    }

    @Test
    void anUnknownInstructionSetIsRefusedWithTheKnownOnes() {
        Run run = seeddelta("bench", "kernels", "--isa", "mmx");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("scalar").hasLineCount(1);
    }

    @Test
    void wholeModelsAreTimedInTurn() throws IOException {
        Path model = dir.resolve("toy-b.gguf");
        ToyB.writeModel(model);
        Run run = seeddelta(
                "bench",
                "decode",
                model,
                model,
                "--prompt",
                8,
                "--tokens",
                4,
                "--rounds",
                2,
                "--threads",
                1,
                "--json",
                "--quiet");
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode rows = new ObjectMapper().readTree(run.out());
        assertThat(rows).hasSize(4);
        assertThat(rows.findValuesAsText("test")).containsExactly("pp8", "pp8", "tg4", "tg4");
        assertThat(rows)
                .allSatisfy(row -> assertThat(row.path("tok_s").asDouble()).isPositive());
        assertThat(rows.get(0).path("ratio_to_base").asDouble()).isEqualTo(1);
    }

    private JsonNode kernels(String... options) throws IOException {
        List<Object> all = new ArrayList<>(List.of("bench", "kernels", "--json", "--quiet", "--threads", 1));
        all.addAll(List.of(options));
        Run run = seeddelta(all.toArray());
        assertThat(run.exitCode()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out());
    }

    private Run seeddelta(Object... args) {
        return Run.of(
                new FakeHost(dir.resolve("host")).host(),
                Arrays.stream(args).map(String::valueOf).toArray(String[]::new));
    }
}
