package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.cli.frame.Host;
import io.github.seeddelta.nat.TinyModels;
import io.github.seeddelta.toy.ToyB;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Everything that `eval` measures beside perplexity, on the embedded model and one that was damaged on purpose.
@Tag("native")
class EvalIT {
    private static final Path HOME = Path.of(System.getProperty("seeddelta.home"));
    private static final Host HOST = new Host(HOME, Path.of("/proc"), System.getenv(), false);
    private static final String CTX = "128";
    private static final String CHUNKS = "8";
    private static final int UPSTREAM_RETRIES = 20;

    @TempDir
    static Path dir;

    private static Path base;
    private static Path text;
    private static Path damaged;

    @BeforeAll
    static void build() {
        base = dir.resolve("base.gguf");
        text = dir.resolve("text.txt");
        damaged = dir.resolve("damaged.gguf");
        ToyB.writeModel(base);
        ToyB.writeText(text);
        ok(Run.of(
                HOST,
                "build",
                base.toString(),
                "-o",
                damaged.toString(),
                "--kinds",
                "gate,up,down",
                "--scheme",
                "coo",
                "--K",
                "4",
                "--strip-dense",
                "--force-strip-dense",
                "--report",
                dir.resolve("damaged.json").toString(),
                "--quiet"));
    }

    @Test
    void aModelDivergesFromItselfByExactlyNothing() throws IOException {
        JsonNode kld = json(eval(base, base, "self", "--kld")).path("kld");
        assertThat(kld.path("mean").asDouble(Double.NaN)).isZero();
        assertThat(kld.path("max").asDouble(Double.NaN)).isZero();
        assertThat(kld.path("dp_rms").asDouble(Double.NaN)).isZero();
        assertThat(kld.path("same_top1").asDouble(Double.NaN)).isEqualTo(1);
    }

    @Test
    @Tag("reference")
    void divergenceIsThatOfUpstreamOnTheRestoredFile() throws IOException {
        Path restored = dir.resolve("restored.gguf");
        ok(Run.of(HOST, "restore", damaged.toString(), "-o", restored.toString(), "--type", "f32", "--quiet"));
        JsonNode kld = json(eval(base, restored, "restored", "--kld")).path("kld");
        String upstream = upstreamKld(restored);
        assertAgrees(kld.path("mean"), upstream, "Mean    KLD:", 1);
        assertAgrees(kld.path("median"), upstream, "Median  KLD:", 1);
        assertAgrees(kld.path("p90"), upstream, "90.0%   KLD:", 1);
        assertAgrees(kld.path("p99"), upstream, "99.0%   KLD:", 1);
        assertAgrees(kld.path("max"), upstream, "Maximum KLD:", 1);
        assertAgrees(kld.path("dp_rms"), upstream, "RMS Δp    :", 100);
        assertAgrees(kld.path("same_top1"), upstream, "Same top p:", 100);
        assertThat(kld.path("mean").asDouble()).isGreaterThan(1);
    }

    @Test
    void scoresAreTheSameWithAndWithoutDivergence() throws IOException {
        JsonNode with = json(eval(base, damaged, "with", "--kld"));
        JsonNode without = json(eval(base, damaged, "without"));
        assertThat(with.path("paired")).isEqualTo(without.path("paired"));
        assertThat(with.path("base")).isEqualTo(without.path("base"));
        assertThat(with.path("model")).isEqualTo(without.path("model"));
        assertThat(without.path("kld").isMissingNode() || without.path("kld").isNull())
                .isTrue();
        assertThat(with.path("non_finite").asLong(-1)).isZero();
    }

    @Test
    void whatTheBuildDecidedIsOnThePage() throws IOException {
        String report = dir.resolve("damaged.json").toString();
        Run own = eval(base, damaged, "layers", "--report", report);
        assertThat(Files.readString(dir.resolve("layers/eval.html"))).contains("<h2>Layers</h2>", "class=\"heat\"");
        assertThat(own.err()).doesNotContain("note: ");
        Run other = eval(damaged, damaged, "layers-other", "--report", report);
        ok(other);
        assertThat(other.err()).contains("note: " + report + " is of a build of base.gguf, not of " + damaged);
        Run none = eval(base, damaged, "layers-none", "--report", text.toString());
        assertThat(none.exitCode()).isEqualTo(3);
        assertThat(none.err().lines()).singleElement().asString().contains("text.txt");
    }

    @Test
    void theBasesLogitsServeEveryLaterModel() throws IOException {
        Path logits = dir.resolve("logits");
        JsonNode plain = json(eval(base, damaged, "plain", "--kld"));
        JsonNode first = json(eval(base, damaged, "first", "--kld", "--base-logits", logits.toString()));
        JsonNode second = json(eval(base, damaged, "second", "--kld", "--base-logits", logits.toString()));
        JsonNode self = json(eval(base, base, "self-kept", "--kld", "--base-logits", logits.toString()));
        String reused = "base chunks taken from kept logits";
        assertThat(first.path("run").path(reused).asText()).isEqualTo("0");
        assertThat(second.path("run").path(reused).asText()).isEqualTo(CHUNKS);
        for (JsonNode kept : List.of(first, second)) {
            assertThat(kept.path("kld")).isEqualTo(plain.path("kld"));
            assertThat(kept.path("base")).isEqualTo(plain.path("base"));
        }
        assertThat(self.path("run").path(reused).asText()).isEqualTo(CHUNKS);
        assertThat(self.path("kld").path("max").asDouble(Double.NaN)).isZero();

        Path other = TinyModels.write(dir.resolve("other-vocabulary.gguf"));
        Run wrong = eval(base, other, "wrong-kept", "--kld", "--base-logits", logits.toString());
        assertThat(wrong.exitCode()).as(wrong.err()).isEqualTo(3);
        Run useless = eval(base, damaged, "useless", "--base-logits", logits.toString());
        assertThat(useless.exitCode()).as(useless.err()).isEqualTo(2);
    }

    /// The journal is cut as a kill leaves it; what is missing is scored again and everything comes out the same.
    @Test
    void anInterruptedComparisonGoesOn() throws IOException {
        JsonNode whole = json(eval(base, damaged, "cut", "--kld"));
        Path journal = dir.resolve("cut").resolve("scores.journal");
        byte[] bytes = Files.readAllBytes(journal);
        Files.write(
                journal, java.util.Arrays.copyOf(bytes, bytes.length * 2 / 3), StandardOpenOption.TRUNCATE_EXISTING);
        Run again = eval(base, damaged, "cut", "--kld");
        assertThat(json(again).path("kld")).isEqualTo(whole.path("kld"));
        assertThat(json(again).path("paired")).isEqualTo(whole.path("paired"));
        assertThat(again.err()).contains("/" + CHUNKS + "]").doesNotContain("[0/" + CHUNKS + "]");
        assertThat(Files.size(journal)).isEqualTo(bytes.length);
    }

    @Test
    void progressCountsTheChunksOfTheText() throws IOException {
        String all = "100000";
        Path excerpt = Files.writeString(
                dir.resolve("excerpt.txt"), Files.readString(text).substring(0, 1000));
        Run run = Run.of(
                HOST,
                "eval",
                "--base",
                base.toString(),
                "--model",
                base.toString(),
                "--text",
                excerpt.toString(),
                "--ctx",
                "64",
                "--chunks",
                all,
                "--out",
                dir.resolve("progress").toString());
        ok(run);
        assertThat(run.err()).doesNotContain("/" + all).containsPattern("100% \\[(\\d+)/\\1\\]");
    }

    @Test
    void modelsWithOtherVocabulariesAreRefusedInOneLine() throws IOException {
        Path other = TinyModels.write(dir.resolve("other.gguf"));
        for (String[] more : new String[][] {{}, {"--kld"}}) {
            List<String> args = new ArrayList<>(List.of(
                    "eval",
                    "--base",
                    base.toString(),
                    "--model",
                    other.toString(),
                    "--text",
                    text.toString(),
                    "--ctx",
                    "64",
                    "--chunks",
                    "2",
                    "--quiet",
                    "--out",
                    dir.resolve("wrong" + more.length).toString()));
            args.addAll(List.of(more));
            Run run = Run.of(HOST, args.toArray(String[]::new));
            assertThat(run.exitCode()).as(run.err()).isEqualTo(3);
            assertThat(run.err().strip().lines()).hasSize(1);
            assertThat(run.err())
                    .contains(other + ": its vocabulary or tokenizer is not that of " + base)
                    .contains("same tokens");
        }
    }

    /// The prompts are tasks that the base was trained on, so that it passes checks the damaged model can fail.
    @Test
    void theGreedyPackPassesTheBaseAndFailsTheDamagedModel() throws IOException {
        Path pack = Files.writeString(dir.resolve("pack.json"), """
                {"version": 1, "name": "copy", "max_tokens": 12, "prompts": [
                  {"id": "P01", "name": "copy", "lang": "none", "text": "wexq7>", "checks": [{"check": "exact", "value": "wexq7"}]}]}
                """);
        Run self = eval(base, base, "greedy-self", "--greedy-pack=" + pack);
        assertThat(json(self).path("greedy").path("result").asText()).isEqualTo("PASS");
        assertThat(dir.resolve("greedy-self/base/P01_copy.txt")).content().contains("wexq7");
        assertThat(dir.resolve("greedy-self/sd/P01_copy.txt")).content().contains("wexq7");
        assertThat(dir.resolve("greedy-self/summary.txt")).content().contains("RESULT: PASS");

        Run run = eval(base, damaged, "greedy-damaged", "--greedy-pack", pack.toString());
        assertThat(run.exitCode()).as(run.err()).isEqualTo(4);
        assertThat(tree(run).path("greedy").path("result").asText()).isEqualTo("FAIL");
        assertThat(dir.resolve("greedy-damaged/diff/P01_copy.txt")).isNotEmptyFile();
        assertThat(dir.resolve("greedy-damaged/eval.html")).content().contains("FAIL");
    }

    @Test
    void memoryFollowsTheFileAndTheContext() throws IOException {
        JsonNode memory = json(eval(base, damaged, "memory", "--memory")).path("memory");
        long baseFile = memory.path("base").path("rss_file").asLong();
        long modelFile = memory.path("model").path("rss_file").asLong();
        assertThat(baseFile - modelFile)
                .isCloseTo(Files.size(base) - Files.size(damaged), within(Files.size(base) / 4));
        for (String side : List.of("base", "model")) {
            JsonNode figures = memory.path(side);
            assertThat(figures.path("peak").asLong())
                    .isGreaterThanOrEqualTo(figures.path("rss_file").asLong());
            assertThat(figures.path("rss_anon").asLong()).isPositive();
        }
        assertThat(memory.findValues("ctx")).isNotEmpty();
    }

    @Test
    void speedIsMeasuredInTurn() throws IOException {
        JsonNode speed = json(eval(base, base, "speed", "--speed")).path("speed");
        for (String side : List.of("base", "model")) {
            assertThat(speed.path(side).path("pp_tok_s").asDouble()).isPositive();
            assertThat(speed.path(side).path("tg_tok_s").asDouble()).isPositive();
        }
        assertThat(speed.path("ratio_tg").asDouble()).isPositive();
    }

    @Test
    void withoutDenseTwinsPayloadsCannotBeSwitchedOff() {
        Run run = eval(base, damaged, "dense", "--no-seeddelta");
        assertThat(run.exitCode()).as(run.err()).isEqualTo(3);
        assertThat(run.err()).contains(damaged.toString());
        Run generated = Run.of(HOST, "run", damaged.toString(), "-p", "a", "-n", "1", "--no-seeddelta", "--quiet");
        assertThat(generated.exitCode()).as(generated.err()).isEqualTo(3);
    }

    @Test
    void evaluationsStandSideBySide() throws IOException {
        ok(eval(base, base, "one", "--kld"));
        int exitCode = eval(base, damaged, "two", "--kld").exitCode();
        assertThat(exitCode).isZero();
        Path page = dir.resolve("compare.html");
        Run run = Run.of(
                HOST,
                "compare",
                dir.resolve("two/eval.json").toString(),
                dir.resolve("one/eval.json").toString(),
                "--html",
                page.toString());
        ok(run);
        assertThat(run.out()).containsSubsequence("base: base.gguf", "1. base.gguf", "2. damaged.gguf");
        assertThat(page).content().contains("damaged.gguf").contains("<svg");
    }

    private static Run eval(Path base, Path model, String out, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "eval",
                "--base",
                base.toString(),
                "--model",
                model.toString(),
                "--text",
                text.toString(),
                "--ctx",
                CTX,
                "--chunks",
                CHUNKS,
                "--threads",
                "1",
                "--json",
                "--out",
                dir.resolve(out).toString()));
        args.addAll(List.of(more));
        return Run.of(HOST, args.toArray(String[]::new));
    }

    private static void ok(Run run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private static JsonNode json(Run run) throws IOException {
        ok(run);
        return tree(run);
    }

    private static JsonNode tree(Run run) throws IOException {
        return new ObjectMapper().readTree(run.out());
    }

    private static void assertAgrees(JsonNode ours, String upstream, String label, double unit) {
        Matcher matcher = Pattern.compile(Pattern.quote(label) + " +([0-9.]+)").matcher(upstream);
        assertThat(matcher.find()).as(upstream).isTrue();
        double theirs = Double.parseDouble(matcher.group(1));
        assertThat(ours.asDouble() * unit).as(label).isCloseTo(theirs, within(0.01 * theirs));
    }

    /// The tool does not wait for the thread that writes its log, so it is asked again when lines are missing.
    private static String upstreamKld(Path model) throws IOException {
        Path logits = dir.resolve("base.kld");
        perplexity(
                "-m",
                base.toString(),
                "-f",
                text.toString(),
                "--chunks",
                CHUNKS,
                "--kl-divergence-base",
                logits.toString());
        String printed = "";
        for (int i = 0; i < UPSTREAM_RETRIES && !printed.contains("Same top p:"); i++) {
            printed = perplexity("-m", model.toString(), "--kl-divergence-base", logits.toString(), "--kl-divergence");
        }
        return printed;
    }

    private static String perplexity(String... args) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(HOME.resolve("build/reference/bin/llama-perplexity").toString(), "-c", CTX, "-t", "1"));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
