package io.github.seeddelta.gate;

import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.policy.CliDefaults;
import io.github.seeddelta.policy.Policies;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.policy.TensorKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/// The way of a build from policy to decisions with a table of metrics in place of measurements.
public record SyntheticBuild(List<Row> rows, Stack.Budget budget, StackLimits limits) {
    public record Row(ResolvedTensor resolved, Optional<GateOutcome> gate, Decision decision) {
        public TensorId id() {
            return new TensorId(resolved.layer(), resolved.kind());
        }
    }

    public static SyntheticBuild run(
            Policy policy, int layerCount, Map<TensorId, MetricPair> metrics, Decisions.Flags flags) {
        TreeMap<TensorId, ResolvedTensor> resolved = new TreeMap<>();
        TreeMap<TensorId, GateOutcome> gates = new TreeMap<>();
        List<Stack.Candidate> candidates = new ArrayList<>();
        for (TensorId id : metrics.keySet()) {
            ResolvedTensor tensor = policy.resolve(id.layer(), id.kind(), CliDefaults.NONE, layerCount, Policies.NAMES);
            resolved.put(id, tensor);
            Demand demand = ThresholdSets.demand(tensor.gating(), id.kind());
            GateOutcome gate = Gate.judge(tensor.gating().metric(), metrics.get(id), demand);
            gates.put(id, gate);
            if (tensor.enabled()) {
                candidates.add(new Stack.Candidate(id, gate, 3 << 20));
            }
        }
        StackLimits limits = policy.stackLimits(CliDefaults.NONE);
        Stack.Outcome stack = Stack.admit(candidates, List.of(), limits);
        List<Row> rows = new ArrayList<>();
        resolved.forEach((id, tensor) -> {
            // A disabled tensor comes with verdicts too, as from a careless caller; they must not matter.
            GateOutcome gate = Objects.requireNonNull(gates.get(id));
            StackVerdict verdict = stack.verdicts().getOrDefault(id, carelessly(gate));
            Decision decision = Decisions.decide(tensor, Optional.of(gate), Optional.of(verdict), flags);
            rows.add(new Row(tensor, tensor.enabled() ? Optional.of(gate) : Optional.empty(), decision));
        });
        return new SyntheticBuild(List.copyOf(rows), stack.budget(), limits);
    }

    private static StackVerdict carelessly(GateOutcome gate) {
        return gate.pass()
                ? new StackVerdict.Admitted(1, gate.thresholds())
                : new StackVerdict.Refused(StackRule.ALONE, gate.thresholds(), gate.sentence());
    }

    /// Metrics for every tensor of a model, some of them not a number.
    public static Map<TensorId, MetricPair> metrics(Random random, int layerCount) {
        Map<TensorId, MetricPair> metrics = new TreeMap<>();
        for (int layer = 0; layer < layerCount; layer++) {
            for (TensorKind kind : TensorKind.values()) {
                double mean = random.nextInt(25) == 0 ? Double.NaN : random.nextDouble() * 1.4 - .4;
                metrics.put(new TensorId(layer, kind), new MetricPair(mean, mean - random.nextDouble() * .25));
            }
        }
        return metrics;
    }
}
