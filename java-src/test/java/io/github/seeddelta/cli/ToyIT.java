package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.cli.frame.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The controlled models through their commands.
@Tag("native")
class ToyIT {
    private static final Path HOME = Path.of(System.getProperty("seeddelta.home"));
    private static final Host HOST = new Host(HOME, Path.of("/proc"), System.getenv(), false);
    private static final int LEAST_CASES = 200;

    @TempDir
    static Path dir;

    @Test
    void everyWeightErrsAsTheFormulasSay() throws IOException {
        Path out = dir.resolve("a");
        Run run = Run.of(HOST, "toy", "a", "--out", out.toString(), "--json", "--quiet");
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.path("cases").asInt()).isGreaterThanOrEqualTo(LEAST_CASES);
        assertThat(result.path("matched").asInt())
                .isEqualTo(result.path("cases").asInt());
        assertThat(result.path("match_rate").asDouble())
                .isGreaterThanOrEqualTo(result.path("required").asDouble());
        assertThat(result.path("misses")).isEmpty();
        assertThat(run.out().strip())
                .isEqualTo(Files.readString(out.resolve("toy-a.json")).strip());
        Set<String> families = new HashSet<>();
        int exact = 0;
        for (JsonNode row : result.path("results")) {
            families.add(row.path("family").asText());
            if (row.path("rel_l2").path("tolerance").asDouble() == 0) {
                assertThat(row.path("rel_l2").path("measured").asDouble())
                        .as(row.toString())
                        .isZero();
                exact++;
            }
        }
        assertThat(families).containsExactlyInAnyOrder("A1", "A2", "A3", "A4", "A5");
        assertThat(exact).isPositive();
    }

    /// The whole study, then once more with one stage missing: the others are not measured again, and it gives the
    // same.
    @Test
    void theGatePreventsTheCollapseThatForceBrings() throws IOException {
        Path out = dir.resolve("b");
        JsonNode first = study(out);
        assertThat(first.path("gate_prevents_collapse").asBoolean()).isTrue();
        Map<String, Integer> stages = new TreeMap<>();
        first.path("stages").forEach(row -> stages.merge(row.path("series").asText(), 1, Integer::sum));
        assertThat(stages).containsEntry("B1", 2).containsEntry("B2", 32).containsEntry("B3", 3);
        assertThat(stages).containsEntry("B4", 8).containsEntry("B5", 1);
        JsonNode forced = stage(first, "interleaved-8");
        JsonNode gated = stage(first, "gated");
        assertThat(stage(first, "baseline").path("accuracy").asDouble()).isGreaterThan(0.95);
        assertThat(forced.path("replaced").asInt()).isEqualTo(24);
        assertThat(gated.path("replaced").asInt()).isBetween(1, 23);
        assertThat(gated.path("kld").asDouble()).isLessThan(forced.path("kld").asDouble());
        assertThat(first.path("rank_correlation").size()).isGreaterThan(5);

        Path kept = out.resolve("stages/layer-3.json");
        FileTime before = Files.getLastModifiedTime(kept);
        Files.delete(out.resolve("stages/layer-3-gate.json"));
        JsonNode second = study(out);
        assertThat(Files.getLastModifiedTime(kept)).isEqualTo(before);
        assertThat(second.path("stages")).isEqualTo(first.path("stages"));
    }

    private static JsonNode study(Path out) throws IOException {
        Run run = Run.of(HOST, "toy", "b", "--out", out.toString(), "--json", "--quiet");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(out.resolve("toy-b.html")).isNotEmptyFile();
        return new ObjectMapper().readTree(run.out());
    }

    private static JsonNode stage(JsonNode study, String name) {
        for (JsonNode row : study.path("stages")) {
            if (row.path("name").asText().equals(name)) {
                return row;
            }
        }
        throw new AssertionError("no stage " + name);
    }
}
