package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.cli.frame.Host;
import io.github.seeddelta.eval.memory.MemorySample;
import io.github.seeddelta.eval.memory.ProcMemory;
import io.github.seeddelta.nat.ContextParams;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.LlamaContext;
import io.github.seeddelta.nat.LlamaModel;
import io.github.seeddelta.nat.Sampler;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.nat.TextGenerator;
import io.github.seeddelta.toy.ToyB;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The list in docs/RUNTIME.md: what the fork's tools and FFM do with SeedΔ files in every way a model can be loaded
// and
/// run, and that a damaged payload is refused at load.
@Tag("native")
class LoaderIT {
    private static final Path HOME = Path.of(System.getProperty("seeddelta.home"));
    private static final Host HOST = new Host(HOME, Path.of("/proc"), System.getenv(), false);
    private static final String WEIGHT = "blk.0.ffn_gate";
    private static final Pattern PPL = Pattern.compile("Final estimate: PPL = ([0-9.]+)");

    @TempDir
    static Path dir;

    private static Path stripped;
    private static Path twins;
    private static Path text;
    private static double strippedPpl;

    private record Ended(int exitCode, String output) {}

    @BeforeAll
    static void build() throws IOException {
        Path base = dir.resolve("base.gguf");
        stripped = dir.resolve("stripped.gguf");
        twins = dir.resolve("twins.gguf");
        text = dir.resolve("text.txt");
        ToyB.writeModel(base);
        ToyB.writeText(text);
        List<String> what = List.of("--kinds", "gate,down", "--scheme", "block", "--block", "16", "--K", "96");
        build(base, stripped, what, "--strip-dense", "--force-strip-dense");
        build(base, twins, what, "--gating-min-mean", "0", "--gating-min-p05", "0", "--stack-min-gap", "0");
        strippedPpl = ppl(stripped);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--load-mode none",
                "--load-mode mmap",
                "--load-mode mlock",
                "--load-mode mmap+mlock",
                "--load-mode dio",
                "-fa on",
                "-ngl 99",
                "--no-repack",
                "--check-tensors",
                "-ot ffn_gate=CPU",
                "-ot attn_q=CPU",
                "-np 4 -b 512",
                "-t 2",
                "--seeddelta-fallback"
            })
    void resultsAreThoseOfThePlainRun(String options) throws IOException {
        assertThat(ppl(stripped, options.split(" "))).isEqualTo(strippedPpl);
    }

    @Test
    void withoutFlashAttentionOnlyRoundingChanges() throws IOException {
        assertThat(ppl(stripped, "-fa", "off")).isCloseTo(strippedPpl, within(1e-3 * strippedPpl));
    }

    @Test
    void adaptersWorkOnImplicitWeights() throws IOException {
        Path dense = dir.resolve("dense.gguf");
        ok(Run.of(HOST, "restore", stripped.toString(), "-o", dense.toString(), "--type", "f32", "--quiet"));
        Path lora = TinyLora.write(dir.resolve("lora.gguf"), WEIGHT, 192, 768);
        double adapted = ppl(stripped, "--lora", lora.toString());
        assertThat(adapted).isCloseTo(ppl(dense, "--lora", lora.toString()), within(1e-3 * adapted));
        assertThat(adapted).isNotCloseTo(strippedPpl, within(1e-2 * strippedPpl));
    }

    /// llama-quantize orders tensors by name and changes the types of those it knows; payloads stay.
    @ParameterizedTest
    @ValueSource(strings = {"q8_0", "COPY"})
    void quantizingKeepsPayloads(String type) throws IOException {
        Path quantized = dir.resolve(type + ".gguf");
        Ended run = tool("llama-quantize", stripped.toString(), quantized.toString(), type);
        assertThat(run.exitCode()).as(run.output()).isZero();
        ok(Run.of(HOST, "verify", quantized.toString(), "--quiet"));
        assertThat(ppl(quantized)).isCloseTo(strippedPpl, within(0.05 * strippedPpl));
    }

    @Test
    void llamaBenchRuns() throws IOException {
        Ended run = tool("llama-bench", "-m", stripped.toString(), "-p", "16", "-n", "4", "-r", "1", "-t", "1");
        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output()).contains("pp16").contains("tg4");
    }

    @Test
    void aSavedStateGoesOnTheSameWay() throws IOException {
        Path state = dir.resolve("state.bin");
        String[] save = {"-p", "copy wexq7>", "-n", "64", "--ignore-eos", "--prompt-cache", state.toString()};
        Path log = dir.resolve("state.log");
        String first = generated(log, save);
        assertThat(state).isNotEmptyFile();
        assertThat(generated(log, save)).isEqualTo(first);
        assertThat(log).content().contains("session file has exact match for prompt");
    }

    /// llama.cpp sizes its graph buffers by the length of its tensor list, which payload tensors must not make longer.
    @Test
    void payloadTensorsDoNotMakeGraphsLarger() throws IOException {
        Path base = dir.resolve("base.gguf");
        Path all = dir.resolve("all.gguf"); // enough payload tensors to exceed llama.cpp's least size
        List<String> what = List.of("--kinds", "gate,up,down", "--allow-up", "--scheme", "block", "--vals", "i8");
        build(base, all, what, "--strip-dense", "--force-strip-dense");
        assertThat(maxNodes(all)).isEqualTo(maxNodes(base));
    }

    /// Of the context that runs: the last one, behind a trial that looks whether the model fits.
    private static String maxNodes(Path model) throws IOException {
        return Pattern.compile("max_nodes = ([0-9]+)")
                .matcher(printed(0, model, "max_nodes", "-lv", "5"))
                .results()
                .map(found -> found.group(1))
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    /// Three times the context is generated; memory that was taken by then does not grow.
    @Test
    void contextShiftGoesOnWithoutGrowing() throws IOException {
        int ctx = 128;
        int tokens = 4 * ctx;
        List<String> command = new ArrayList<>(
                List.of(HOME.resolve("build/fork/bin/llama-completion").toString()));
        command.addAll(List.of(completion(
                "-p",
                "a",
                "-c",
                String.valueOf(ctx),
                "-n",
                String.valueOf(tokens),
                "--context-shift",
                "--ignore-eos",
                "--simple-io")));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        try (InputStream output = process.getInputStream()) {
            output.readNBytes(ctx + ctx / 2);
            MemorySample before = ProcMemory.read(process.pid());
            output.readNBytes(2 * ctx);
            MemorySample after = ProcMemory.read(process.pid());
            assertThat(after.rssBytes() - before.rssBytes()).isLessThan(512 * 1024);
            output.readAllBytes();
            assertThat(process.onExit().join().exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void contextsAtOnceDoNotDisturbEachOther() {
        List<String> prompts = List.of("copy wexq7>", "sum 12 30>");
        try (LlamaModel model = LlamaModel.load(stripped)) {
            List<String> alone = prompts.stream().map(p -> answer(model, p)).toList();
            List<CompletableFuture<String>> together = prompts.stream()
                    .map(p -> CompletableFuture.supplyAsync(() -> answer(model, p)))
                    .toList();
            assertThat(together.stream().map(CompletableFuture::join).toList()).isEqualTo(alone);
            assertThat(alone.get(0)).isNotEqualTo(alone.get(1));
        }
    }

    @Test
    void whatIsMissingIsSaid() throws IOException {
        printed(1, stripped, "blk.0.ffn_down: the dense tensor was stripped", "--no-seeddelta");
        printed(
                0,
                stripped,
                "16 weights were stripped, the first is blk.0.ffn_down.weight: --seeddelta-fallback has no",
                "--seeddelta-fallback");
        Run run = Run.of(HOST, "run", stripped.toString(), "-p", "a", "-n", "1", "--seeddelta-fallback");
        ok(run);
        assertThat(run.err()).contains("16 of its 16 SeedΔ weights have no dense twin");
        assertThat(ppl(twins, "--no-seeddelta")).isEqualTo(ppl(dir.resolve("base.gguf")));
        assertThat(ppl(twins, "--seeddelta-gap", "0.01")).isEqualTo(ppl(dir.resolve("base.gguf")));
    }

    @Test
    void inspectProbesAFile() throws IOException {
        Run run = Run.of(HOST, "inspect", stripped.toString(), "--probe", "--threads", "1");
        ok(run);
        assertThat(run.out()).contains("probe: 64 tokens, 0 results were not finite");
        Path huge = Files.write(dir.resolve("huge.gguf"), damaged("huge"));
        Run probed = Run.of(HOST, "inspect", huge.toString(), "--probe", "--json", "--threads", "1");
        ok(probed);
        assertThat(new ObjectMapper()
                        .readTree(probed.out())
                        .path("probe")
                        .path("non_finite")
                        .asLong())
                .isPositive();
        Run plain = Run.of(HOST, "inspect", huge.toString(), "--json");
        assertThat(new ObjectMapper().readTree(plain.out()).path("probe").isNull())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "index    | blk.0.ffn_gate: b_map of row 0 is 65535",
                "scale    | blk.0.ffn_gate: payload tensor 'row_scale' is not finite at element 3",
                "value    | blk.0.ffn_gate: payload tensor 'b_val' is not finite at element 0",
                "missing  | blk.0.ffn_gate: payload tensor 'b_map' is missing",
                "type     | blk.0.ffn_gate: payload tensor 'b_map' has type f16",
                "shape    | blk.0.ffn_gate: payload tensor 'b_map' has shape",
                "scheme   | blk.0.ffn_gate: unknown scheme 'blocc'",
                "version  | seeddelta.version is 9, this build reads version 1"
            })
    void aDamagedPayloadIsRefusedAtLoad(String damage, String reason) throws IOException {
        Path file = Files.write(dir.resolve(damage + ".gguf"), damaged(damage));
        printed(1, file, reason);
        Ended bench = tool("llama-bench", "-v", "-m", file.toString(), "-p", "1", "-n", "1", "-r", "1");
        assertThat(bench.exitCode()).as(bench.output()).isEqualTo(1);
        assertThat(bench.output()).contains(reason);
        Run run = Run.of(HOST, "run", file.toString(), "-p", "a", "-n", "1", "--quiet");
        assertThat(run.exitCode()).as(run.err()).isEqualTo(3);
        assertThat(run.err().strip().lines()).hasSize(1);
        assertThat(run.err()).contains(reason);
    }

    private static byte[] damaged(String damage) throws IOException {
        byte[] bytes = Files.readAllBytes(stripped);
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int map = find(bytes, WEIGHT + ".b_map");
        int type = map + (WEIGHT + ".b_map").length() + Integer.BYTES + 2 * Long.BYTES; // after n_dims and two ne
        switch (damage) {
            case "index" -> file.putShort(data(WEIGHT + ".b_map"), (short) 0xffff);
            case "scale" -> file.putShort(data(WEIGHT + ".row_scale") + 3 * Short.BYTES, (short) 0x7e00);
            case "value" -> file.putShort(data(WEIGHT + ".b_val"), (short) 0xfc00);
            case "huge" -> file.putInt(data("blk.0.ffn_norm.weight"), Float.floatToRawIntBits(Float.MAX_VALUE));
            case "missing" -> file.put(map + WEIGHT.length() + 1, "d_idx".getBytes(StandardCharsets.US_ASCII));
            case "type" -> file.putInt(type, 1);
            case "shape" -> swap(file, type - 2 * Long.BYTES);
            case "scheme" -> bytes[find(bytes, "seeddelta." + WEIGHT + ".scheme") + valueAt("scheme") + 4] = 'c';
            case "version" -> file.putInt(find(bytes, "seeddelta.version") + "seeddelta.version".length() + 4, 9);
            default -> throw new IllegalArgumentException(damage);
        }
        return bytes;
    }

    /// From the start of a key of the weight to the first byte of its text: type and length lie between.
    private static int valueAt(String key) {
        return ("seeddelta." + WEIGHT + "." + key).length() + Integer.BYTES + Long.BYTES;
    }

    private static void swap(ByteBuffer file, int at) {
        long first = file.getLong(at);
        file.putLong(at, file.getLong(at + Long.BYTES));
        file.putLong(at + Long.BYTES, first);
    }

    private static int data(String tensor) {
        try (GgufModel model = GgufModel.open(stripped)) {
            return model.tensors().stream()
                    .filter(t -> t.name().equals(tensor))
                    .map(TensorInfo::offsetBytes)
                    .findFirst()
                    .orElseThrow()
                    .intValue();
        }
    }

    private static int find(byte[] bytes, String what) {
        byte[] wanted = what.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i + wanted.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        throw new IllegalStateException(what + " is not in the file");
    }

    private static String answer(LlamaModel model, String prompt) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (LlamaContext context = LlamaContext.open(model, ContextParams.single(128, 1))) {
            TextGenerator.generate(
                    context,
                    model.tokenizer().tokenize(prompt.getBytes(StandardCharsets.UTF_8), true, false),
                    48,
                    Sampler.greedy(),
                    piece -> {
                        out.writeBytes(piece);
                        return true;
                    });
        }
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private static void build(Path base, Path out, List<String> what, String... more) {
        List<String> args = new ArrayList<>(
                List.of("build", base.toString(), "-o", out.toString(), "--stack-max-loss", "1e9", "--quiet"));
        args.addAll(what);
        args.addAll(List.of(more));
        ok(Run.of(HOST, args.toArray(String[]::new)));
    }

    private static double ppl(Path model, String... options) throws IOException {
        Matcher matcher = PPL.matcher(printed(0, model, "Final estimate", options));
        assertThat(matcher.find()).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    private static String printed(int exitCode, Path model, String words, String... options) throws IOException {
        Ended run = perplexity(model, options);
        assertThat(run.exitCode()).as(run.output()).isEqualTo(exitCode);
        assertThat(run.output()).contains(words);
        return run.output();
    }

    private static Ended perplexity(Path model, String... options) throws IOException {
        List<String> args = new ArrayList<>(
                List.of("-m", model.toString(), "-f", text.toString(), "-c", "64", "--chunks", "2", "-t", "1"));
        args.addAll(List.of(options));
        return tool("llama-perplexity", args.toArray(String[]::new));
    }

    /// What is written as text, apart from the log.
    private static String generated(Path log, String... options) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(HOME.resolve("build/fork/bin/llama-completion").toString()));
        command.addAll(List.of(completion(options)));
        Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.onExit().join().exitValue()).isZero();
        return printed.strip();
    }

    private static String[] completion(String... options) {
        List<String> args = new ArrayList<>(List.of("-m", stripped.toString(), "-t", "1", "-no-cnv", "--temp", "0"));
        args.addAll(List.of(options));
        return args.toArray(String[]::new);
    }

    private static Ended tool(String name, String... args) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(HOME.resolve("build/fork/bin").resolve(name).toString()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.onExit().join().exitValue(), output);
    }

    private static void ok(Run run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
    }
}
