package io.github.seeddelta.report;

import io.github.seeddelta.gate.Decisions;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.MetricPair;
import io.github.seeddelta.gate.SyntheticBuild;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.Policies;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/// Reports of synthetic builds.
final class Reports {
    static final String SHA = "0123456789abcdef".repeat(4);

    private Reports() {}

    static Report of(String policyJson, int layerCount, Map<TensorId, MetricPair> metrics, Decisions.Flags flags) {
        Policy policy = Policies.strict(policyJson);
        SyntheticBuild built = SyntheticBuild.run(policy, layerCount, metrics, flags);
        List<Report.Tensor> tensors = new ArrayList<>();
        List<Report.Weight> weights = new ArrayList<>();
        for (SyntheticBuild.Row row : built.rows()) {
            tensors.add(tensor(row));
            row.gate()
                    .ifPresent(gate -> weights.add(new Report.Weight(
                            row.resolved().weightName(),
                            new TreeMap<>(Map.of(
                                    "cos_mean_x_w",
                                    gate.measured().mean(),
                                    "cos_p05_x_w",
                                    gate.measured().p05())))));
        }
        Report.Build build = new Report.Build(
                "0.1.0",
                Optional.empty(),
                "b1234",
                "a processor with 2 cores",
                2,
                -1L,
                "model <1> & more.gguf",
                SHA,
                Optional.of(SHA),
                Optional.of(new Report.PolicySource("p.json", policy.hash().orElseThrow(), 1)),
                flags.forceStripDense(),
                built.limits(),
                built.budget(),
                List.of("policy: unknown key \"x\""));
        return new Report(build, tensors, weights, layers(tensors));
    }

    /// Of every layer with a payload: measured, measured without the stream, and not measurable, in turn.
    private static List<Report.Layer> layers(List<Report.Tensor> tensors) {
        List<Integer> touched = tensors.stream()
                .filter(t -> t.decision().emitDelta())
                .map(t -> t.id().layer())
                .distinct()
                .toList();
        List<Report.Layer> layers = new ArrayList<>();
        for (int layer : touched) {
            TreeMap<String, Double> metrics = new TreeMap<>();
            if (layer % 3 < 2) {
                metrics.put("s_mean_ffn", .25 + .01 * layer);
                metrics.put("s_p95_ffn", .5);
                metrics.put("s_mean_block", layer % 3 == 0 ? .125 : Double.NaN);
            }
            layers.add(new Report.Layer(
                    layer,
                    layer % 3 < 2 ? 16 : 0,
                    metrics,
                    layer % 3 == 0 ? Optional.empty() : Optional.of("no <stream>")));
        }
        return layers;
    }

    private static Report.Tensor tensor(SyntheticBuild.Row row) {
        Variant variant = Variant.of(row.resolved());
        List<Autotune.Attempt> attempts = new ArrayList<>();
        row.gate().ifPresent(gate -> attempts.add(new Autotune.Attempt(variant, gate, 1 << 20, .25)));
        boolean emitted = row.decision().emitDelta();
        return new Report.Tensor(
                row.id(),
                1024,
                3072,
                3 << 20,
                row.gate().isPresent() ? 1 << 20 : 0,
                Optional.of(row.resolved()),
                row.gate(),
                Optional.empty(),
                attempts,
                row.decision(),
                emitted ? Optional.of(variant) : Optional.empty(),
                1.5);
    }

    /// Thirty layers with margins as a real model has them: good in the upper middle, bad at both ends.
    static Report looksReal(Decisions.Flags flags) {
        Random random = new Random(11);
        Map<TensorId, MetricPair> metrics = new TreeMap<>();
        for (int layer = 0; layer < 30; layer++) {
            for (TensorKind kind : TensorKind.values()) {
                double bump = .92 - .006 * Math.abs(layer - 19) - (layer < 2 ? .4 : 0);
                double mean = bump - .12 * List.of(TensorKind.values()).indexOf(kind) - .1 * random.nextDouble();
                metrics.put(new TensorId(layer, kind), new MetricPair(mean, mean - .15 - .1 * random.nextDouble()));
            }
        }
        metrics.put(new TensorId(7, TensorKind.FFN_DOWN), new MetricPair(Double.NaN, Double.NaN));
        String policy = "{\"version\":1,\"defaults\":{\"enabled\":true,\"strip_dense\":true},"
                + "\"layers\":{\"28\":{\"strip_dense\":false,\"tensors\":{\"ffn_gate\":{\"gating\":{\"min_mean\":0.1,\"min_p05\":0.1}}}},"
                + "\"4,29\":{\"enabled\":false}}}";
        Report report = of(policy, 30, metrics, flags);
        List<Report.Tensor> tensors = new ArrayList<>(report.tensors());
        Optional<GateOutcome> none = Optional.empty();
        tensors.set(
                0,
                new Report.Tensor(
                        new TensorId(0, TensorKind.FFN_GATE),
                        0,
                        0,
                        0,
                        0,
                        Optional.empty(),
                        none,
                        Optional.empty(),
                        List.of(),
                        Decisions.absent("this architecture has no <ffn_gate>"),
                        Optional.empty(),
                        0));
        return new Report(report.build(), tensors, report.weights(), report.layers());
    }
}
