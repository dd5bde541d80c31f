package io.github.seeddelta.toy.b;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.build.BuildListener;
import io.github.seeddelta.build.BuildRequest;
import io.github.seeddelta.build.Calibration;
import io.github.seeddelta.build.ModelBuild;
import io.github.seeddelta.build.Registry;
import io.github.seeddelta.build.SizeLimit;
import io.github.seeddelta.build.collect.Collection;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.eval.result.EvalResult;
import io.github.seeddelta.eval.run.EvalListener;
import io.github.seeddelta.eval.run.EvalRequest;
import io.github.seeddelta.eval.run.Evaluation;
import io.github.seeddelta.eval.run.Generation;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.nat.NativeException;
import io.github.seeddelta.nat.NativeStatus;
import io.github.seeddelta.nat.RuntimeOptions;
import io.github.seeddelta.policy.CliDefaults;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.LayerSet;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.report.Report;
import io.github.seeddelta.toy.ToyB;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// B1 to B5 on the embedded model. Every finished stage is a file; the same call goes on after the last of them.
///
/// Calibration, choice and verdict never share text: the calibration text is one of its own, the held-out items and the
/// held-out text are cut in two.
public final class Study {
    private static final int LAYERS = 8;
    /// Held-out items per task; the others are for the verdict.
    private static final int CHOICE_ITEMS = 50;
    private static final int VERDICT_ITEMS = 150;
    private static final int MAX_TOKENS = 16;
    private static final int CTX = 256;
    private static final int CHUNKS = 16;
    private static final int CALIBRATION_CHUNKS = 40;
    private static final int SAMPLES = 64;
    private static final long SEED = 1;
    private static final int EVAL_X = 64;
    /// A token of so small a model is too little work to share.
    private static final int ONE_THREAD = 1;
    private static final List<TensorKind> KINDS = List.of(TensorKind.FFN_GATE, TensorKind.FFN_UP, TensorKind.FFN_DOWN);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path out;
    private final byte[] policy;
    private final String policyName;
    private final int threads;
    private final Listener listener;
    private final Path base;
    private final Path imatrix;
    private final Path moments;

    /// Hears of progress.
    public interface Listener {
        /// Told by any thread before native work starts: `cancel` ends it soon, from any thread.
        void running(Runnable cancel) throws IOException;

        void stages(int done, int total, String what);
    }

    private Study(Path out, byte[] policy, String policyName, int threads, Listener listener) {
        this.out = out;
        this.policy = policy.clone();
        this.policyName = policyName;
        this.threads = threads;
        this.listener = listener;
        this.base = out.resolve("base.gguf");
        this.imatrix = out.resolve("imatrix.gguf");
        this.moments = out.resolve("moments.gguf");
    }

    /// @param policy how weights are replaced, and what the gate of B5 demands
    /// @throws io.github.seeddelta.policy.PolicyException and other one-line failures of build and eval
    public static StudyResult run(Path out, byte[] policy, String policyName, int threads, Listener listener)
            throws IOException {
        return new Study(out, policy, policyName, threads, listener).run();
    }

    private StudyResult run() throws IOException {
        long start = System.nanoTime();
        Files.createDirectories(out.resolve("stages"));
        Policy.parse(policyName, policy, Policy.Mode.STRICT, Registry.names());
        ToyB.writeModel(base);
        ToyB.writeText(text(true), ToyB.Half.FIRST);
        ToyB.writeText(text(false), ToyB.Half.SECOND);
        List<Stage> stages = new ArrayList<>(List.of(Stage.baseline(true), Stage.baseline(false)));
        stages.addAll(Stage.alone(LAYERS, KINDS));
        stages.addAll(Stage.separate(LAYERS, KINDS));
        stages.addAll(Stage.interleaved(LAYERS, KINDS));
        stages.add(Stage.gated(LAYERS, KINDS));
        listener.stages(0, stages.size(), "calibration");
        calibrate();
        List<StudyResult.Row> rows = all(stages);
        return new StudyResult(rows, (System.nanoTime() - start) / 1e9);
    }

    /// Stages side by side, each with one thread: a token of so small a model is too little work to share.
    private List<StudyResult.Row> all(List<Stage> stages) throws IOException {
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            CompletionService<StudyResult.Row> done = new ExecutorCompletionService<>(workers);
            stages.forEach(stage -> done.submit(() -> new StudyResult.Row(stage, outcome(stage))));
            Map<String, StudyResult.Row> found = new HashMap<>();
            listener.stages(0, stages.size(), "");
            while (found.size() < stages.size()) {
                StudyResult.Row row = done.take().get();
                found.put(row.stage().name(), row);
                listener.stages(
                        found.size(),
                        stages.size(),
                        row.stage().series() + " " + row.stage().name());
            }
            return stages.stream()
                    .map(stage -> Objects.requireNonNull(found.get(stage.name())))
                    .toList();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw NativeException.of(NativeStatus.CANCELLED, "cancelled");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException problem -> throw problem;
                case IOException problem -> throw problem;
                case null, default -> throw new IllegalStateException(e);
            }
        } finally {
            workers.shutdownNow();
        }
    }

    private Path text(boolean choice) {
        return out.resolve(choice ? "text-choice.txt" : "text-verdict.txt");
    }

    private void calibrate() throws IOException {
        if (Files.exists(imatrix) && Files.exists(moments)) {
            return;
        }
        Path calibration = out.resolve("text-calibration.txt");
        ToyB.writeCalibration(calibration);
        new Collection(
                        base,
                        calibration,
                        imatrix,
                        Optional.of(moments),
                        CTX,
                        CALIBRATION_CHUNKS,
                        SAMPLES,
                        SEED,
                        threads)
                .run((done, total) -> {});
    }

    /// A stage that was measured before under the same conditions is read, not measured again.
    private Outcome outcome(Stage stage) throws IOException {
        Path file = out.resolve("stages").resolve(stage.name() + ".json");
        String key = key(stage);
        if (Files.exists(file)) {
            JsonNode kept = JSON.readTree(Files.readString(file));
            if (kept.path("key").asText().equals(key)) {
                return Outcome.read(kept);
            }
        }
        Outcome measured = measure(stage);
        ObjectNode node = measured.json();
        node.put("key", key);
        AtomicText.write(file, node.toPrettyString() + "\n");
        return measured;
    }

    /// Everything that a stage's numbers depend on.
    private String key(Stage stage) throws IOException {
        ObjectNode node = JSON.createObjectNode();
        stage.write(node);
        node.put("builder", Registry.builderVersion());
        node.put("policy", sha256(policy));
        node.put("model", sha256(Files.readAllBytes(base)));
        node.put("calibration", sha256(Files.readAllBytes(moments)));
        node.put("text", sha256(Files.readAllBytes(text(stage.choice()))));
        node.put(
                "measured",
                List.of(CHOICE_ITEMS, VERDICT_ITEMS, CTX, CHUNKS, EVAL_X).toString());
        return sha256(node.toString().getBytes(StandardCharsets.UTF_8));
    }

    private Outcome measure(Stage stage) throws IOException {
        Path model = out.resolve("stages").resolve(stage.name() + ".gguf");
        Optional<Report> report = Optional.empty();
        if (!stage.layers().isEmpty()) {
            ModelBuild.Result built = ModelBuild.run(request(stage, model), new Cancelling());
            report = Optional.of(built.report());
            AtomicText.write(
                    out.resolve("stages").resolve(stage.name() + ".report.json"),
                    io.github.seeddelta.report.ReportJson.write(built.report()));
        }
        Path judged = Files.exists(model) ? model : base;
        List<ToyB.Item> items =
                stage.choice() ? ToyB.items(0, CHOICE_ITEMS) : ToyB.items(CHOICE_ITEMS, CHOICE_ITEMS + VERDICT_ITEMS);
        List<String> answers = new Generation(judged, MAX_TOKENS, 0, SEED, false, ONE_THREAD)
                .answers(items.stream().map(ToyB.Item::prompt).toList(), done -> {});
        Path scores = out.resolve("stages").resolve(stage.name() + ".scores");
        EvalResult eval = Evaluation.run(
                new EvalRequest(
                        base,
                        judged,
                        text(stage.choice()),
                        List.of(CTX),
                        CHUNKS,
                        ONE_THREAD,
                        RuntimeOptions.DEFAULT,
                        scores,
                        new EvalRequest.Extras(
                                true, Optional.empty(), Optional.empty(), false, false, Optional.empty())),
                EvalListener.silent());
        Bucket bucket = eval.buckets().getFirst();
        long bytes = Files.size(judged);
        Files.deleteIfExists(model);
        Files.deleteIfExists(scores.resolve("scores.journal"));
        Files.deleteIfExists(scores);
        return new Outcome(
                ToyB.score(items, answers),
                bucket.modelPpl().value(),
                bucket.paired().lnPplRatio(),
                bucket.paired().se(),
                bucket.paired().verdict().words(),
                bucket.kld().orElseThrow().mean(),
                bucket.kld().orElseThrow().honestSe(),
                bucket.kld().orElseThrow().sameTop1(),
                report.map(Study::replaced).orElse(0),
                bytes,
                report.filter(r -> stage.isOneWeight()).map(Study::metrics).orElseGet(TreeMap::new));
    }

    private static int replaced(Report report) {
        return (int)
                report.tensors().stream().filter(t -> t.decision().emitDelta()).count();
    }

    private static SortedMap<String, Double> metrics(Report report) {
        SortedMap<String, Double> finite =
                new TreeMap<>(report.weights().getFirst().metrics());
        finite.values().removeIf(value -> !Double.isFinite(value));
        return finite;
    }

    private BuildRequest request(Stage stage, Path model) {
        KnownNames names = Registry.names();
        CliDefaults selection = CliDefaults.NONE
                .withLayers(LayerSet.parse(stage.layersText()))
                .withKinds(EnumSet.copyOf(stage.kinds()));
        return new BuildRequest(
                base,
                model,
                Policy.parse(policyName, policy, Policy.Mode.STRICT, names),
                Optional.of(policyName),
                selection,
                new BuildRequest.Measurement(0, EVAL_X, SEED),
                new Calibration(
                        Optional.of(imatrix), Calibration.DEFAULT_POWER, Calibration.DEFAULT_EPS, Optional.of(moments)),
                false,
                stage.forced(),
                new BuildRequest.Existing(false, false),
                SizeLimit.NONE,
                false,
                ONE_THREAD);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private final class Cancelling implements BuildListener {
        @Override
        public void progress(long done, long total, String what) {}

        @Override
        public void warning(String line) {}

        @Override
        public void running(Runnable cancel) throws IOException {
            listener.running(cancel);
        }
    }
}
