package io.github.seeddelta.toy.a;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.build.BuildListener;
import io.github.seeddelta.build.BuildRequest;
import io.github.seeddelta.build.Calibration;
import io.github.seeddelta.build.ModelBuild;
import io.github.seeddelta.build.Registry;
import io.github.seeddelta.build.SizeLimit;
import io.github.seeddelta.build.Verification;
import io.github.seeddelta.nat.Isolated;
import io.github.seeddelta.nat.MomentsFile;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.policy.CliDefaults;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.report.Report;
import io.github.seeddelta.toy.a.ToyAResult.Check;
import io.github.seeddelta.toy.a.ToyAResult.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Toy A from end to end: for each weight size, expectations first, then the real builder, the file read back, and the
/// op in llama.cpp.
public final class ToyA {
    /// Inputs × rows: powers of two and not, multiples of 16, 32, 64 and of no block, rows shorter and longer than
    /// columns.
    private static final int[][] SIZES = {
        {37, 53}, {64, 64}, {100, 80}, {128, 200}, {192, 384}, {256, 256}, {576, 96}, {1000, 72}
    };
    private static final long SEED = 1;
    private static final int EVAL_X = 16;
    /// A token of so small a model is too little work to share.
    private static final int ONE_THREAD = 1;

    private final Path out;
    private final int threads;
    private final Listener listener;

    /// Hears of progress.
    public interface Listener {
        /// Told before native work starts: `cancel` ends it soon, from any thread.
        void running(Runnable cancel) throws IOException;

        void cases(int done, int total, String what);
    }

    private ToyA(Path out, int threads, Listener listener) {
        this.out = out;
        this.threads = threads;
        this.listener = listener;
    }

    /// Leaves the models, their policies and reports in `out`.
    ///
    /// @param isa the kernel set, for the result
    public static ToyAResult run(Path out, int threads, String isa, Listener listener) throws IOException {
        return new ToyA(out, threads, listener).run(isa);
    }

    private ToyAResult run(String isa) throws IOException {
        long start = System.nanoTime();
        Files.createDirectories(out);
        List<ControlledModel> models = new ArrayList<>();
        for (int[] size : SIZES) {
            models.add(ControlledModel.of(size[0], size[1]));
        }
        int total = models.stream().mapToInt(model -> model.cases().size()).sum();
        List<Row> rows = new ArrayList<>();
        for (ControlledModel model : models) {
            listener.cases(rows.size(), total, model.name());
            rows.addAll(new OneSize(model).run());
        }
        listener.cases(total, total, "");
        return new ToyAResult(isa, (System.nanoTime() - start) / 1e9, rows);
    }

    private final class OneSize {
        private final ControlledModel model;
        private final Path dense;
        private final Path built;

        OneSize(ControlledModel model) {
            this.model = model;
            this.dense = out.resolve(model.name() + "-dense.gguf");
            this.built = out.resolve(model.name() + ".gguf");
        }

        List<Row> run() throws IOException {
            float[][] inputs = model.inputs();
            List<Expectation> expected = model.cases().stream()
                    .map(known -> Expectation.of(known, inputs))
                    .toList();
            model.write(dense);
            Report report = build();
            Map<String, Report.Weight> measured =
                    report.weights().stream().collect(Collectors.toMap(Report.Weight::name, Function.identity()));
            Map<String, Verification.Row> verified = verify();
            List<Row> rows = new ArrayList<>();
            try (MomentsFile samples = outputs()) {
                for (int i = 0; i < expected.size(); i++) {
                    ControlledCase known = model.cases().get(i);
                    rows.add(new Comparison(known, expected.get(i))
                            .row(
                                    measured.get(known.weight() + ".weight"),
                                    verified.get(known.weight()),
                                    samples.samples("blk." + known.layer() + ".ffn_gate.weight"),
                                    samples.samples("blk." + known.layer() + ".ffn_down.weight"),
                                    inputs));
                }
            }
            return rows;
        }

        private Report build() throws IOException {
            KnownNames names = Registry.names();
            byte[] policy = model.policy();
            Files.write(out.resolve(model.name() + ".policy.json"), policy);
            BuildRequest request = new BuildRequest(
                    dense,
                    built,
                    Policy.parse(model.name() + ".policy.json", policy, Policy.Mode.STRICT, names),
                    java.util.Optional.of(model.name() + ".policy.json"),
                    CliDefaults.NONE,
                    new BuildRequest.Measurement(0, EVAL_X, SEED),
                    Calibration.NONE,
                    false,
                    false,
                    new BuildRequest.Existing(false, false),
                    SizeLimit.NONE,
                    false,
                    threads);
            return ModelBuild.run(request, new Quiet()).report();
        }

        private Map<String, Verification.Row> verify() throws IOException {
            try (ProgressCell progress = new ProgressCell()) {
                listener.running(progress::cancel);
                return Verification.run(built, java.util.Optional.of(dense), threads, progress, (done, all, name) -> {})
                        .payloads()
                        .stream()
                        .collect(Collectors.toMap(Verification.Row::name, Function.identity()));
            }
        }

        /// What the running op read and wrote.
        private MomentsFile outputs() {
            Path file = out.resolve(model.name() + ".samples.gguf");
            ObjectNode request = JsonNodeFactory.instance.objectNode();
            request.put("model", built.toString());
            ArrayNode tokens = request.putArray("tokens");
            for (int token : model.tokens()) {
                tokens.add(token);
            }
            request.put("samples", file.toString());
            request.put("threads", ONE_THREAD);
            Isolated.run(OutputsJob.class, request, built.toString(), event -> {}, line -> {});
            return MomentsFile.open(file);
        }
    }

    /// Numbers of one case side by side.
    private record Comparison(ControlledCase known, Expectation expected) {
        /// f32 in the norm that llama.cpp applies to an embedding, which has mean square 1 already.
        private static final double INPUT_TOLERANCE = 1e-5;

        Row row(
                Report.@org.jspecify.annotations.Nullable Weight weight,
                Verification.@org.jspecify.annotations.Nullable Row verified,
                float[][] gateInputs,
                float[][] downInputs,
                float[][] inputs) {
            List<Check> checks = new ArrayList<>();
            String problem = "";
            int vectors = ControlledModel.VECTORS;
            if (weight == null || verified == null) {
                problem = "no payload was written";
            } else if (gateInputs.length != 2 * vectors || downInputs.length != 2 * vectors) {
                problem = "the runtime did not evaluate this layer";
            } else {
                problem = String.join("; ", verified.problems());
                checks.add(
                        check("rel_l2", expected.relL2(), verified.recomputed().orElse(Double.NaN)));
                checks.add(check("cos", expected.cos(), weight.metrics().getOrDefault("cos_mean", Double.NaN)));
                checks.add(new Check("input", 0, INPUT_TOLERANCE, difference(gateInputs, inputs)));
                checks.add(check("out_batch", expected.out(), error(gateInputs, downInputs, 0, vectors)));
                checks.add(check("out_single", expected.out(), error(gateInputs, downInputs, vectors, 2 * vectors)));
            }
            return new Row(
                    known.id(),
                    known.family(),
                    known.about(),
                    known.weight(),
                    known.setting().toString(),
                    checks,
                    problem);
        }

        private static Check check(String what, Expectation.Range range, double measured) {
            return new Check(what, range.expected(), range.tolerance(), measured);
        }

        /// Largest difference between what the model was to feed and what the op read.
        private static double difference(float[][] read, float[][] meant) {
            double largest = 0;
            for (int t = 0; t < read.length; t++) {
                for (int i = 0; i < read[t].length; i++) {
                    largest = Math.max(largest, Math.abs((double) read[t][i] - meant[t % meant.length][i]));
                }
            }
            return largest;
        }

        /// ‖(W − Ŵ) X‖ / ‖W X‖ with Ŵ X from the running op and W X in double.
        private double error(float[][] gateInputs, float[][] downInputs, int from, int to) {
            double lost = 0;
            double whole = 0;
            for (int t = from; t < to; t++) {
                double[] result = ControlledModel.result(gateInputs[t], downInputs[t]);
                for (int r = 0; r < known.nOut(); r++) {
                    double y = 0;
                    for (int i = 0; i < known.nIn(); i++) {
                        y += (double) known.w()[r * known.nIn() + i] * gateInputs[t][i];
                    }
                    lost += (y - result[r]) * (y - result[r]);
                    whole += y * y;
                }
            }
            return Math.sqrt(lost / whole);
        }
    }

    private final class Quiet implements BuildListener {
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
