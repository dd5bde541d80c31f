package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.cli.frame.Host;
import io.github.seeddelta.toy.ToyB;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The main job on the embedded model, through the commands: build, inspect, eval, restore, run, and files that are not
/// what they should be.
@Tag("native")
class SliceIT {
    private static final Pattern FINAL = Pattern.compile("Final estimate: PPL = ([0-9.]+) ");
    private static final String CHUNKS = "8";
    private static final int UPSTREAM_RETRIES = 20;
    /// F16 products in ggml round activations to F16, SeedΔ kernels do not.
    private static final double KERNEL_ROUNDING = 0.01;

    @TempDir
    static Path dir;

    private static final Path HOME = Path.of(System.getProperty("seeddelta.home"));
    private static final Host HOST = new Host(HOME, Path.of("/proc"), System.getenv(), false);

    private static Path base;
    private static Path text;
    private static Path model;

    @BeforeAll
    static void buildOnce() {
        base = dir.resolve("base.gguf");
        text = dir.resolve("text.txt");
        model = dir.resolve("model.gguf");
        ToyB.writeModel(base);
        ToyB.writeText(text);
        Run built = build(
                model,
                "--scheme",
                "block",
                "--vals",
                "i8",
                "--report",
                dir.resolve("report.json").toString());
        assertThat(built.exitCode()).as(built.err()).isZero();
    }

    private static Run build(Path output, String... more) {
        List<String> args = new java.util.ArrayList<>(List.of(
                "build",
                base.toString(),
                "-o",
                output.toString(),
                "--layers",
                "2-3",
                "--kinds",
                "gate",
                "--K",
                "128",
                "--stack-min-gap",
                "0",
                "--stack-max-loss",
                "1e9",
                "--strip-dense",
                "--quiet"));
        args.addAll(List.of(more));
        return Run.of(HOST, args.toArray(String[]::new));
    }

    @Test
    void theDenseWeightsLeaveTheFileAndTheReportSaysSo() throws IOException {
        JsonNode found = json(Run.of(HOST, "inspect", model.toString(), "--json", "--tensors"));
        assertThat(found.path("payloads")).hasSize(2);
        assertThat(found.path("payloads")).allMatch(p -> p.path("stripped").asBoolean());
        assertThat(found.path("tensors").findValuesAsText("name"))
                .contains("blk.2.ffn_gate.b_map", "blk.3.ffn_gate.row_scale", "blk.4.ffn_gate.weight")
                .doesNotContain("blk.2.ffn_gate.weight", "blk.3.ffn_gate.weight");
        assertThat(Files.size(model)).isLessThan(Files.size(base));

        JsonNode report = new ObjectMapper().readTree(dir.resolve("report.json").toFile());
        JsonNode tensor = report.path("layers").path("2").path("tensors").path("ffn_gate");
        assertThat(tensor.path("decision").path("strip_applied").asBoolean()).isTrue();
        assertThat(tensor.path("decision").path("reason").asText()).startsWith("Replaced: cos_x mean");
    }

    @Test
    void perplexityHasTheDigitsOfTheForksOwnTool() throws IOException {
        Path out = dir.resolve("eval");
        Run run = Run.of(
                HOST,
                "eval",
                "--base",
                base.toString(),
                "--model",
                model.toString(),
                "--text",
                text.toString(),
                "--chunks",
                CHUNKS,
                "--ctx",
                "128",
                "--out",
                out.toString(),
                "--json",
                "--quiet");
        JsonNode eval = json(run);
        assertThat(printed(eval.path("base"))).isEqualTo(perplexity("fork", base));
        assertThat(printed(eval.path("model"))).isEqualTo(perplexity("fork", model));
        assertThat(eval.path("paired").path("ln_ppl_ratio").asDouble()).isPositive();
        assertThat(Files.readString(out.resolve("eval.html"))).contains("<svg");
    }

    @Test
    @Tag("reference")
    void upstreamAgreesOnTheBaseAndOnTheRestoredFile() throws IOException {
        Path dense = dir.resolve("dense.gguf");
        assertThat(Run.of(HOST, "restore", model.toString(), "-o", dense.toString())
                        .exitCode())
                .isZero();
        assertThat(perplexity("reference", base)).isEqualTo(perplexity("fork", base));
        double restored = Double.parseDouble(perplexity("reference", dense));
        double generated = Double.parseDouble(perplexity("fork", model));
        assertThat(restored / generated).isBetween(1 - KERNEL_ROUNDING, 1 + KERNEL_ROUNDING);
    }

    @Test
    void threadsAndRepetitionChangeNoByte() throws Exception {
        Path one = dir.resolve("one.gguf");
        Path two = dir.resolve("two.gguf");
        for (String[] scheme : new String[][] {
            {"--scheme", "coo"},
            {"--base-kind", "prng_block", "--vals", "i8"},
            {"--base-kind", "prng_block", "--seed-search", "64", "--seed-block", "8"},
            {"--scheme", "codebook", "--atoms", "150"}
        }) {
            assertThat(build(one, with(scheme, "--threads", "1")).exitCode()).isZero();
            assertThat(build(two, with(scheme, "--threads", "4")).exitCode()).isZero();
            assertThat(sha256(one)).isEqualTo(sha256(two));
        }
    }

    /// Payload and dense twin in one file: each can run, and the twin is what the base was.
    @Test
    void aKeptTwinRunsOnRequest() throws IOException {
        Path twins = dir.resolve("twins.gguf");
        Run built = Run.of(
                HOST,
                "build",
                base.toString(),
                "-o",
                twins.toString(),
                "--layers",
                "2-3",
                "--kinds",
                "gate",
                "--K",
                "128",
                "--vals",
                "i8",
                "--stack-min-gap",
                "0",
                "--stack-max-loss",
                "1e9",
                "--quiet");
        assertThat(built.exitCode()).as(built.err()).isZero();
        assertThat(perplexity("fork", twins)).isEqualTo(perplexity("fork", model));
        assertThat(perplexity("fork", twins, "--seeddelta-fallback")).isEqualTo(perplexity("fork", model));
        assertThat(perplexity("fork", twins, "--no-seeddelta")).isEqualTo(perplexity("fork", base));
        assertThat(perplexity("fork", twins, "--seeddelta-gap", "0.01")).isEqualTo(perplexity("fork", base));
    }

    @Test
    void itGeneratesTheRightAnswer() {
        Run run = Run.of(HOST, "run", model.toString(), "-p", "wexq7>", "-n", "12", "--quiet");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().strip()).isEqualTo("wexq7");
    }

    @Test
    void whatTheGateRefusesStaysDense() {
        Path output = dir.resolve("refused.gguf");
        Run run = build(output, "--gating-min-mean", "0.999");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).contains("nothing was replaced");
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"inspect", "build", "restore", "run", "eval"})
    void aBrokenFileIsOneLineAndExitCodeThree(String command) throws IOException {
        byte[] good = Files.readAllBytes(model);
        Map<String, byte[]> files = Map.of(
                "empty", new byte[0],
                "text", "this is no model".repeat(99).getBytes(StandardCharsets.UTF_8),
                "cut in the header", java.util.Arrays.copyOf(good, 900),
                "cut in the weights", java.util.Arrays.copyOf(good, good.length / 2),
                "version", replaced(good, "seeddelta.version", 4, (byte) 9),
                "scheme", replaced(good, "seeddelta.blk.2.ffn_gate.scheme", 12, (byte) 'x'));
        for (Map.Entry<String, byte[]> entry : files.entrySet()) {
            Path file = Files.write(dir.resolve("broken.gguf"), entry.getValue());
            Path output = dir.resolve("never.gguf");
            Run run = Run.of(
                    HOST,
                    switch (command) {
                        case "inspect" -> new String[] {command, file.toString()};
                        case "build" ->
                            new String[] {
                                command,
                                file.toString(),
                                "-o",
                                output.toString(),
                                "--K",
                                "128",
                                "--skip-existing",
                                "--quiet"
                            };
                        case "restore" -> new String[] {command, file.toString(), "-o", output.toString(), "--quiet"};
                        case "run" -> new String[] {command, file.toString(), "-p", "a", "-n", "1", "--quiet"};
                        default ->
                            new String[] {
                                command,
                                "--base",
                                base.toString(),
                                "--model",
                                file.toString(),
                                "--text",
                                text.toString(),
                                "--chunks",
                                "1",
                                "--ctx",
                                "128",
                                "--out",
                                dir.resolve("never").toString(),
                                "--quiet"
                            };
                    });
            assertThat(run.exitCode())
                    .as(command + " " + entry.getKey() + ": " + run.err())
                    .isEqualTo(3);
            assertThat(run.err().strip().lines())
                    .as(command + " " + entry.getKey())
                    .hasSize(1);
            assertThat(output).doesNotExist();
        }
    }

    private static byte[] replaced(byte[] file, String key, int offset, byte value) {
        byte[] copy = file.clone();
        int at = new String(file, StandardCharsets.ISO_8859_1).indexOf(key) + key.length() + offset;
        assertThat(copy[at]).isNotEqualTo(value);
        copy[at] = value;
        return copy;
    }

    private static String[] with(String[] args, String... more) {
        return java.util.stream.Stream.of(args, more)
                .flatMap(java.util.Arrays::stream)
                .toArray(String[]::new);
    }

    private static JsonNode json(Run run) throws IOException {
        assertThat(run.exitCode()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out());
    }

    private static String printed(JsonNode side) {
        return io.github.seeddelta.eval.stats.Printed.fixed(side.path("ppl").asDouble(), 4);
    }

    /// What llama-perplexity prints. It can end well without having written its last lines (its logger is not flushed),
    /// so it is asked again then.
    private static String perplexity(String variant, Path file, String... more) throws IOException {
        Path tool = HOME.resolve("build").resolve(variant).resolve("bin").resolve("llama-perplexity");
        for (int i = 0; i < UPSTREAM_RETRIES; i++) {
            Process process = new ProcessBuilder(with(
                            new String[] {
                                tool.toString(),
                                "-m",
                                file.toString(),
                                "-f",
                                text.toString(),
                                "-c",
                                "128",
                                "--chunks",
                                CHUNKS,
                                "-t",
                                String.valueOf(Runtime.getRuntime().availableProcessors())
                            },
                            more))
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            Matcher matcher =
                    FINAL.matcher(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            if (matcher.find()) {
                return matcher.group(1);
            }
        }
        throw new AssertionError(tool + " printed no result");
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
