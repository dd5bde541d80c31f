package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.toy.ToyB;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The commands round a build, on the embedded model.
@Tag("native")
class ToolsIT {
    private static final List<String> SMALL = List.of(
            "--K-gate",
            "96",
            "--K-down",
            "384",
            "--vals",
            "i8",
            "--stack-max-loss",
            "1e9",
            "--threads",
            "2",
            "--eval-x",
            "16",
            "--quiet");

    @TempDir
    static Path dir;

    private static Path model;
    private static Path imatrix;
    private static Path moments;

    @BeforeAll
    static void calibrate() throws IOException {
        model = dir.resolve("toy-b.gguf");
        imatrix = dir.resolve("imatrix.gguf");
        moments = dir.resolve("moments.gguf");
        Path text = dir.resolve("text.txt");
        ToyB.writeModel(model);
        ToyB.writeText(text);
        Run run = seeddelta(
                "imatrix",
                model,
                "--text",
                text,
                "-o",
                imatrix,
                "--moments",
                moments,
                "--ctx",
                128,
                "--chunks",
                4,
                "--samples",
                8,
                "--threads",
                2,
                "--quiet",
                "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(json(run.out()).path("chunks").asInt()).isEqualTo(4);
        assertThat(json(run.out()).path("entries").asInt()).isEqualTo(56);
    }

    @Test
    void thePlanIsExactToTheByte() throws IOException {
        Path output = dir.resolve("planned.gguf");
        List<Object> what = List.of(
                "--kinds",
                "gate,down",
                "--layers",
                "1,4",
                "--K-gate",
                96,
                "--K-down",
                384,
                "--force-strip-dense",
                "--imatrix",
                imatrix,
                "--moments",
                moments,
                "--threads",
                2);
        JsonNode plan = json(ok(call("plan", model, what, "--json")).out());
        ok(call("build", model, "-o", output, what, "--eval-x", 4, "--quiet"));
        assertThat(plan.path("file_bytes").asLong()).isEqualTo(Files.size(output));
        JsonNode row = row(plan, "blk.1.ffn_gate.weight");
        assertThat(row.path("decision").asText()).isEqualTo("candidate");
        assertThat(row.path("bpw").asDouble())
                .isEqualTo(8.0 * row.path("payload_bytes").asLong() / (768 * 192));
        JsonNode payload = json(ok(call("inspect", output, "--json")).out())
                .path("payloads")
                .get(0);
        assertThat(payload.path("payload_bytes").asLong())
                .isEqualTo(row.path("payload_bytes").asLong());
        assertThat(row(plan, "blk.1.ffn_up.weight").path("decision").asText()).isEqualTo("disabled");
    }

    @Test
    void theImatrixIsUsedAndNamed() throws IOException {
        Path report = dir.resolve("weighted.json");
        Path weighted =
                build("weighted.gguf", "--kinds", "down", "--strip-dense", "--imatrix", imatrix, "--report", report);
        Path plain = build("plain.gguf", "--kinds", "down", "--strip-dense");
        JsonNode keys = json(ok(call("inspect", weighted, "--json")).out()).path("metadata");
        assertThat(keys.path("seeddelta.imatrix.file").asText()).isEqualTo("imatrix.gguf");
        assertThat(keys.path("seeddelta.imatrix.power").asDouble()).isEqualTo(1);
        JsonNode written = json(Files.readString(report));
        assertThat(written.path("build").path("imatrix_sha256").asText())
                .hasSize(64)
                .isEqualTo(keys.path("seeddelta.imatrix.sha256").asText());
        assertThat(written.path("layers")
                        .path("0")
                        .path("tensors")
                        .path("ffn_down")
                        .path("gating")
                        .path("metric")
                        .asText())
                .isEqualTo("cos_x_w");
        assertThat(digests(weighted)).isNotEqualTo(digests(plain));
    }

    @Test
    void whatMissingCalibrationCostsIsSaid() {
        List<Object> what = List.of("build", model, "-o", dir.resolve("x.gguf"), "--kinds", "down", "--dry-run");
        assertThat(notes(call(what, "--imatrix", imatrix, "--moments", moments)))
                .isEmpty();
        assertThat(notes(call(what, "--imatrix", imatrix)))
                .singleElement()
                .asString()
                .contains("without --moments")
                .doesNotContain("without --imatrix");
        assertThat(notes(call(what)))
                .anySatisfy(note -> assertThat(note).contains("without --imatrix", "without --moments"));
    }

    private static List<String> notes(Run run) {
        return run.err().lines().filter(line -> line.startsWith("note: ")).toList();
    }

    @Test
    void anImatrixThatDoesNotFitIsRefused() {
        Run run = call("build", model, "-o", dir.resolve("x.gguf"), "--imatrix", moments, "--quiet");
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(dir.resolve("x.gguf")).doesNotExist();
    }

    @Test
    void verifyFindsAFlippedByte() throws IOException {
        Path file = build("flipped.gguf", "--kinds", "down", "--strip-dense");
        ok(call("verify", file, "--against", model, "--quiet"));
        flipAByteOfAPayload(file);
        Run run = call("verify", file, "--against", model, "--quiet");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).contains("digest");
    }

    @Test
    void verifyKnowsAnotherModel() throws IOException {
        Path file = build("other.gguf", "--kinds", "down", "--strip-dense");
        Run run = call("verify", file, "--against", imatrix, "--quiet");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.out()).contains("another file than the source");
        assertThat(call("verify", model, "--quiet").exitCode()).isEqualTo(3);
    }

    @Test
    void existingPayloadsNeedADecision() throws IOException {
        Path twins = build("twins.gguf", "--kinds", "down");
        Run neither = call("build", twins, "-o", dir.resolve("x.gguf"), SMALL);
        assertThat(neither.exitCode()).isEqualTo(2);
        assertThat(neither.err()).contains("--skip-existing").contains("--overwrite");

        Path kept = dir.resolve("kept.gguf");
        ok(call("build", twins, "-o", kept, "--kinds", "gate", "--skip-existing", SMALL));
        assertThat(digests(kept))
                .containsAll(digests(twins))
                .hasSizeGreaterThan(digests(twins).size());

        Path again = dir.resolve("again.gguf");
        ok(call("build", twins, "-o", again, "--kinds", "down", "--layers", "0", "--overwrite", SMALL));
        assertThat(digests(again)).hasSize(1).isSubsetOf(digests(twins));
    }

    @Test
    void laterLayersCanBeCalibratedOnRebuiltOnes() throws IOException {
        Path first = build("first.gguf", "--kinds", "down", "--layers", "0-3", "--strip-dense");
        Path means = dir.resolve("second-imatrix.gguf");
        Path products = dir.resolve("second-moments.gguf");
        Path text = dir.resolve("text.txt");
        List<Object> few = List.of("--ctx", 128, "--chunks", 2, "--samples", 8, "--threads", 2, "--quiet");
        ok(call("imatrix", first, "--text", text, "-o", means, "--moments", products, few));
        Path second = dir.resolve("second.gguf");
        List<Object> rest = List.of("--kinds", "down", "--layers", "4-7", "--strip-dense", "--skip-existing");
        ok(call("build", first, "-o", second, rest, "--imatrix", means, "--moments", products, SMALL));
        assertThat(digests(second))
                .containsAll(digests(first))
                .hasSizeGreaterThan(digests(first).size());
    }

    @Test
    void strippedWeightsCannotBeBuiltAgain() throws IOException {
        Path stripped = build("stripped.gguf", "--kinds", "down", "--strip-dense");
        Run run = call("build", stripped, "-o", dir.resolve("x.gguf"), "--kinds", "down", "--overwrite", SMALL);
        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.err()).contains("was stripped");
    }

    @Test
    void aFileOfTheWantedSize() throws IOException {
        Path file = build(
                "target.gguf", "--kinds", "gate,down", "--strip-dense", "--stack-min-gap", 0, "--target-mib", 8.5);
        assertThat(Files.size(file))
                .isLessThanOrEqualTo((long) (8.5 * (1 << 20)))
                .isGreaterThan(8 << 20);
        Run run = call(
                "build",
                model,
                "-o",
                dir.resolve("x.gguf"),
                "--kinds",
                "down",
                "--strip-dense",
                "--target-mib",
                1,
                SMALL);
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(dir.resolve("x.gguf")).doesNotExist();
    }

    /// Each rate has a base of its own.
    @Test
    void aScheduleOfBits() throws IOException {
        assertThat(bitsTried("smallest")).containsExactly(1.0, 4.0);
        assertThat(bitsTried("budget", "--target-mib", 9.1)).containsExactly(1.0, 4.0);
    }

    private List<Double> bitsTried(String name, Object... flags) throws IOException {
        Path report = dir.resolve(name + ".json");
        List<Object> all = new ArrayList<>(List.of("--kinds", "down", "--layers", "1", "--base-kind", "trellis"));
        all.addAll(List.of(
                "--autotune-k", "--autotune-bits-schedule", "1,4", "--gating-min-mean", "0.99", "--moments", moments));
        all.addAll(List.of("--strip-dense", "--report", report));
        all.addAll(List.of(flags));
        Path file = build(name + ".gguf", all.toArray());
        ok(call("verify", file, "--against", model));
        List<Double> bits = new ArrayList<>();
        for (JsonNode attempts : json(Files.readString(report)).findValues("attempts")) {
            attempts.forEach(attempt -> bits.add(attempt.path("bits").asDouble()));
        }
        return bits;
    }

    @Test
    void anExportedPolicyBuildsTheSameAgain() throws IOException {
        Path first = dir.resolve("first.json");
        Path second = dir.resolve("second.json");
        Path searched = build(
                "searched.gguf",
                "--kinds",
                "down",
                "--strip-dense",
                "--autotune-k",
                "--autotune-k-schedule-down",
                "96,384",
                "--policy-export",
                first);
        Path rebuilt = dir.resolve("rebuilt.gguf");
        Path report = dir.resolve("rebuilt.json");
        ok(call(
                "build",
                model,
                "-o",
                rebuilt,
                "--policy",
                first,
                "--policy-strict",
                "--threads",
                2,
                "--eval-x",
                16,
                "--report",
                report,
                "--quiet"));
        assertThat(digests(rebuilt)).isNotEmpty();
        assertThat(rebuilt).hasSameBinaryContentAs(searched);
        ok(call("policy", "from-report", report, "-o", second));
        assertThat(second).hasSameTextualContentAs(first);
        ok(call("report", report, "--html", dir.resolve("report.html"), "--quiet"));
        assertThat(dir.resolve("report.html")).content().contains("<svg");
    }

    @Test
    void policyCommands() throws IOException {
        Path policy = dir.resolve("policy.json");
        Files.writeString(policy, "{\"version\": 1, \"defaults\": {\"blok\": 32}}");
        Run lenient = ok(call("policy", "validate", policy));
        assertThat(lenient.out()).contains(":1:29: unknown key \"blok\"").contains("did you mean \"block\"?");
        assertThat(call("policy", "validate", policy, "--strict").exitCode()).isEqualTo(3);
        Run resolved = ok(call("policy", "resolve", policy, "--model", model, "--quiet"));
        assertThat(resolved.out().lines().filter(line -> line.startsWith("blk.")))
                .hasSize(24);
        Run dump = ok(call("build", model, "-o", dir.resolve("x.gguf"), "--kinds", "down", "--policy-dump-resolved"));
        assertThat(dump.out().lines().filter(line -> line.contains("<- --kinds")))
                .isNotEmpty();
        assertThat(dir.resolve("x.gguf")).doesNotExist();
        assertThat(ok(call("policy", "self-test")).out()).doesNotContain("FAIL");
        Path exported = dir.resolve("exported.json");
        ok(call("policy", "export", policy, "--layer-count", 8, "-o", exported, "--quiet"));
        ok(call("policy", "validate", exported, "--strict"));
    }

    static List<Path> policies() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("policies"))) {
            return files.filter(f -> f.toString().endsWith(".json") && !f.endsWith("policy.schema.json"))
                    .sorted()
                    .toList();
        }
    }

    /// Every example builds a file that is sound, or says that nothing was worth replacing.
    @ParameterizedTest
    @MethodSource("policies")
    void everyExamplePolicyBuilds(Path policy) throws IOException {
        Path file = dir.resolve(policy.getFileName() + ".gguf");
        Path report = dir.resolve(policy.getFileName() + ".report.json");
        Run run = call(
                "build",
                model,
                "-o",
                file,
                "--policy",
                policy,
                "--policy-strict",
                "--imatrix",
                imatrix,
                "--moments",
                moments,
                "--report",
                report,
                "--eval-x",
                8,
                "--stack-max-loss",
                "1e9",
                "--quiet");
        boolean replaced = Files.readString(report).contains("\"emit_delta\" : true");
        assertThat(run.exitCode()).as(run.err()).isEqualTo(replaced ? 0 : 4);
        assertThat(Files.exists(file)).isEqualTo(replaced);
        assertThat(replaced || policy.endsWith("disable-all.json") || policy.endsWith("safe.json"))
                .isTrue();
        if (replaced) {
            ok(call("verify", file, "--against", model, "--quiet"));
        }
    }

    @Test
    void aScanFindsItsRowsAgain() throws IOException {
        Path out = dir.resolve("scan");
        Path text = dir.resolve("text.txt");
        List<Object> scan = List.of(
                "scan",
                model,
                "--text",
                text,
                "--imatrix",
                imatrix,
                "--moments",
                moments,
                "--ctx",
                128,
                "--chunks",
                2,
                "--setting",
                "K=32,vals=i8",
                "--setting",
                "scheme=coo,K=8,refit=false",
                "--eval-x",
                8,
                "--out",
                out,
                "--quiet");
        ok(call(scan, "--probes", 4));
        String first = Files.readString(out.resolve("layer_sensitivity_scan.json"));
        FileTime logits = Files.getLastModifiedTime(out.resolve("base-logits"));
        Run run = ok(call(scan, "--probes", 5));
        JsonNode rows = json(Files.readString(out.resolve("layer_sensitivity_scan.json")));
        assertThat(rows.findValues("harm")).hasSize(5).containsAll(json(first).findValues("harm"));
        assertThat(Files.getLastModifiedTime(out.resolve("base-logits"))).isEqualTo(logits);
        assertThat(run.out()).startsWith("Spearman with mean KLD").contains("err_h");
        assertThat(out.resolve("scan.html")).content().contains("<circle");
        assertThat(out.resolve("probe-0.gguf")).doesNotExist();
    }

    private static Path build(String name, Object... flags) {
        Path output = dir.resolve(name);
        ok(call("build", model, "-o", output, Arrays.asList(flags), SMALL));
        return output;
    }

    private static List<String> digests(Path file) throws IOException {
        List<String> digests = new ArrayList<>();
        json(ok(call("verify", file, "--quiet", "--json")).out())
                .path("payloads")
                .forEach(payload -> digests.add(payload.path("digest").asText()));
        return digests;
    }

    private static void flipAByteOfAPayload(Path file) throws IOException {
        JsonNode tensors =
                json(ok(call("inspect", file, "--json", "--tensors")).out()).path("tensors");
        for (JsonNode tensor : tensors) {
            if (tensor.path("name").asText().equals("blk.0.ffn_down.row_scale")) {
                try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                    bytes.seek(tensor.path("offset_bytes").asLong());
                    int before = bytes.read();
                    bytes.seek(tensor.path("offset_bytes").asLong());
                    bytes.write(before ^ 1);
                }
                return;
            }
        }
        throw new AssertionError("no row scale in " + file);
    }

    private static JsonNode row(JsonNode plan, String name) {
        for (JsonNode row : plan.path("tensors")) {
            if (row.path("name").asText().equals(name)) {
                return row;
            }
        }
        throw new AssertionError("no " + name);
    }

    private static Run ok(Run run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    private static Run seeddelta(Object... args) {
        return call(args);
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

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text.getBytes(StandardCharsets.UTF_8));
    }
}
