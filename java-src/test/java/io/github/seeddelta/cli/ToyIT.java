package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.cli.frame.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
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
}
