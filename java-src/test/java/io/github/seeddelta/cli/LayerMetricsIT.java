package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.toy.ToyB;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a build says of whole layers, on the embedded model.
@Tag("native")
class LayerMetricsIT {
    @TempDir
    static Path dir;

    private static Path model;
    private static Path moments;

    @BeforeAll
    static void calibrate() {
        model = dir.resolve("toy-b.gguf");
        moments = dir.resolve("moments.gguf");
        Path text = dir.resolve("text.txt");
        ToyB.writeModel(model);
        ToyB.writeText(text);
        Run run = call(
                "imatrix",
                model,
                "--text",
                text,
                "-o",
                dir.resolve("i.gguf"),
                "--moments",
                moments,
                "--ctx",
                128,
                "--chunks",
                4,
                "--samples",
                24,
                "--threads",
                2,
                "--quiet");
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    @Test
    void payloadsOfALayerAreMeasuredTogetherAndAlone() throws IOException {
        JsonNode report = build("all.gguf", "--moments", moments, "--kinds", "gate,up,down", "--layers", "2");
        JsonNode together = report.path("layers").path("2").path("metrics");
        assertThat(together.path("samples").asInt()).isEqualTo(16);
        assertThat(together.path("note").isNull()).isTrue();
        double whole = together.path("s_mean_ffn").asDouble();
        double worst = 0;
        double squares = 0;
        for (JsonNode weight : report.path("weights")) {
            double alone = weight.path("s_mean_ffn").asDouble();
            assertThat(alone).as(weight.path("name").asText()).isBetween(0.01, whole);
            assertThat(weight.path("s_mean_block").asDouble())
                    .isBetween(0.001, together.path("s_mean_block").asDouble());
            worst = Math.max(worst, alone);
            squares += alone * alone;
        }
        // errors of three matrices that know nothing of each other add up like lengths at right angles
        assertThat(whole).isBetween(worst, 2 * Math.sqrt(squares));
        assertThat(together.path("s_p95_ffn").asDouble()).isGreaterThan(whole);
        assertThat(together.path("cos_p05_ffn").asDouble())
                .isLessThan(together.path("cos_mean_ffn").asDouble());
        assertThat(report.path("layers").path("1").has("metrics")).isFalse();
    }

    @Test
    void aPayloadAloneInItsLayerSaysTheSameTwice() throws IOException {
        JsonNode report = build("down.gguf", "--moments", moments, "--kinds", "down", "--layers", "4", "--threads", 1);
        JsonNode together = report.path("layers").path("4").path("metrics");
        JsonNode alone = report.path("weights").path(0);
        for (String name : List.of("s_mean_ffn", "s_p95_block", "cos_p05_ffn", "log_norm_ratio_p95_ffn")) {
            assertThat(together.path(name).isNumber()).as(name).isTrue();
            assertThat(together.path(name)).as(name).isEqualTo(alone.path(name));
        }
        JsonNode again = build("down.gguf", "--moments", moments, "--kinds", "down", "--layers", "4", "--threads", 2);
        assertThat(again.path("layers").path("4").path("metrics")).isEqualTo(together);
    }

    @Test
    void anExistingPayloadCounts() throws IOException {
        build("twin.gguf", "--kinds", "down", "--layers", "4");
        Path twin = dir.resolve("twin.gguf");
        Path report = dir.resolve("both.json");
        Run run = call(
                "build",
                twin,
                "-o",
                dir.resolve("both.gguf"),
                "--kinds",
                "gate",
                "--layers",
                "4",
                "--skip-existing",
                "--moments",
                momentsOf(twin),
                flags(),
                "--report",
                report);
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode both = json(report);
        double gate = both.path("weights").path(0).path("s_mean_ffn").asDouble();
        assertThat(both.path("layers")
                        .path("4")
                        .path("metrics")
                        .path("s_mean_ffn")
                        .asDouble())
                .isGreaterThan(gate + 0.01);
    }

    @Test
    void withoutRealInputsTheReportSaysWhy() throws IOException {
        JsonNode report = build("blind.gguf", "--kinds", "down", "--layers", "4");
        JsonNode metrics = report.path("layers").path("4").path("metrics");
        assertThat(metrics.path("samples").asInt()).isZero();
        assertThat(metrics.path("note").asText()).contains("--moments");
        assertThat(report.path("weights").path(0).path("s_mean_ffn").isNull()).isTrue();
    }

    /// Moments name the model that they were collected on by its digest.
    private static Path momentsOf(Path other) {
        Path file = dir.resolve("other-moments.gguf");
        Run run = call(
                "imatrix",
                other,
                "--text",
                dir.resolve("text.txt"),
                "-o",
                dir.resolve("other-i.gguf"),
                "--moments",
                file,
                "--ctx",
                128,
                "--chunks",
                1,
                "--threads",
                2,
                "--quiet");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return file;
    }

    private static List<String> flags() {
        return List.of(
                "--K-gate",
                "96",
                "--K-up",
                "96",
                "--K-down",
                "384",
                "--force-strip-dense",
                "--stack-max-loss",
                "1e9",
                "--eval-x",
                "16",
                "--quiet");
    }

    private static JsonNode build(String name, Object... more) throws IOException {
        Path report = dir.resolve(name + ".json");
        List<Object> flags = new ArrayList<>(flags());
        if (name.equals("twin.gguf")) {
            flags.remove("--force-strip-dense");
        }
        Run run = call("build", model, "-o", dir.resolve(name), Arrays.asList(more), flags, "--report", report);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return json(report);
    }

    private static JsonNode json(Path file) throws IOException {
        return new ObjectMapper().readTree(Files.readString(file));
    }

    /// Lists are spread.
    private static Run call(Object... args) {
        List<String> flat = new ArrayList<>();
        for (Object arg : args) {
            if (arg instanceof List<?> list) {
                list.forEach(each -> flat.add(String.valueOf(each)));
            } else {
                flat.add(String.valueOf(arg));
            }
        }
        return Run.of(new FakeHost(dir.resolve("host")).host(), flat.toArray(String[]::new));
    }
}
