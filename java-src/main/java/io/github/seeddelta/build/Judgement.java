package io.github.seeddelta.build;

import io.github.seeddelta.gate.Gate;
import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.Stack;
import io.github.seeddelta.gate.StackVerdict;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.gate.ThresholdSets.Demand;
import io.github.seeddelta.policy.Metric;
import io.github.seeddelta.policy.StackLimits;
import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.BudgetPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the measurements of all candidates mean together.
///
/// @param outcomes of the variant that stands for each candidate
/// @param chosen   its measurements; none for a candidate that was denied without being measured
/// @param fits     false when no admissible choice is as small as was asked for
record Judgement(
        SortedMap<TensorId, GateOutcome> outcomes,
        SortedMap<TensorId, List<Autotune.Attempt>> attempts,
        SortedMap<TensorId, Measured> chosen,
        Map<TensorId, StackVerdict> verdicts,
        boolean fits) {

    /// Gate, then stack.
    static Judgement of(
            List<Candidate> candidates,
            Map<TensorId, List<Measured>> measured,
            List<Stack.Kept> kept,
            StackLimits limits) {
        Judgement alone = alone(candidates, measured);
        List<Stack.Candidate> judged = candidates.stream()
                .map(c ->
                        new Stack.Candidate(c.id(), alone.outcome(c), c.dense().sizeBytes(), alone.loss(c)))
                .toList();
        return new Judgement(
                alone.outcomes,
                alone.attempts,
                alone.chosen,
                Stack.admit(judged, kept, limits).verdicts(),
                true);
    }

    /// Gate, then the cheapest loss that fits `budgetBytes` under the stack rules.
    static Judgement under(
            long budgetBytes,
            List<Candidate> candidates,
            Map<TensorId, List<Measured>> measured,
            List<Stack.Kept> kept,
            StackLimits limits) {
        Judgement alone = alone(candidates, measured);
        List<BudgetPlan.Measured> table = new ArrayList<>();
        Map<TensorId, Long> denseBytes = new TreeMap<>();
        List<Stack.Candidate> denied = new ArrayList<>();
        for (Candidate candidate : candidates) {
            denseBytes.put(candidate.id(), candidate.dense().sizeBytes());
            if (candidate.denied()) {
                denied.add(new Stack.Candidate(
                        candidate.id(),
                        alone.outcome(candidate),
                        candidate.dense().sizeBytes()));
            }
            List<Measured> all = measured.getOrDefault(candidate.id(), List.of());
            List<Autotune.Attempt> attempts = alone.attempts.getOrDefault(candidate.id(), List.of());
            for (int i = 0; i < all.size(); i++) {
                Measured m = all.get(i);
                table.add(new BudgetPlan.Measured(
                        candidate.id(), m.variant(), attempts.get(i).outcome(), m.payloadBytes(), m.loss()));
            }
        }
        BudgetPlan.Plan plan = BudgetPlan.choose(table, denseBytes, kept, limits, budgetBytes);
        Map<TensorId, StackVerdict> verdicts =
                new TreeMap<>(Stack.admit(denied, kept, limits).verdicts());
        verdicts.putAll(plan.verdicts());
        SortedMap<TensorId, GateOutcome> outcomes = new TreeMap<>(alone.outcomes);
        SortedMap<TensorId, Measured> chosen = new TreeMap<>(alone.chosen);
        plan.chosen().forEach((id, m) -> {
            outcomes.put(id, m.outcome());
            chosen.put(
                    id,
                    measured.getOrDefault(id, List.of()).stream()
                            .filter(one -> one.variant().equals(m.variant()))
                            .findFirst()
                            .orElseThrow());
        });
        return new Judgement(outcomes, alone.attempts, chosen, verdicts, plan.fits());
    }

    private static Judgement alone(List<Candidate> candidates, Map<TensorId, List<Measured>> measured) {
        SortedMap<TensorId, GateOutcome> outcomes = new TreeMap<>();
        SortedMap<TensorId, List<Autotune.Attempt>> attempts = new TreeMap<>();
        SortedMap<TensorId, Measured> chosen = new TreeMap<>();
        for (Candidate candidate : candidates) {
            Metric metric = candidate.metric().used();
            switch (candidate.demand()) {
                case Demand.Denied denied -> outcomes.put(candidate.id(), Gate.deny(metric, denied));
                case Demand.Reach reach -> {
                    List<Measured> all = measured.getOrDefault(candidate.id(), List.of());
                    List<Autotune.Attempt> list = all.stream()
                            .map(m -> TensorWork.attempt(m, Gate.judge(metric, m.pair(metric), reach)))
                            .toList();
                    Autotune.Attempt best = Chosen.attempt(list);
                    attempts.put(candidate.id(), list);
                    outcomes.put(candidate.id(), best.outcome());
                    chosen.put(candidate.id(), Chosen.measured(best, all));
                }
            }
        }
        return new Judgement(outcomes, attempts, chosen, Map.of(), true);
    }

    private GateOutcome outcome(Candidate candidate) {
        GateOutcome outcome = outcomes.get(candidate.id());
        if (outcome == null) {
            throw new IllegalStateException(candidate.id() + " was not judged");
        }
        return outcome;
    }

    /// Of a candidate that was denied without being measured: nothing, since no stack rule gets to see it.
    private double loss(Candidate candidate) {
        Measured measured = chosen.get(candidate.id());
        return measured == null ? 0 : measured.loss();
    }

    Stack.Budget stackBudget() {
        return Stack.Budget.of(verdicts);
    }
}
