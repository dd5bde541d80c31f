package io.github.seeddelta.tune;

import io.github.seeddelta.gate.GateOutcome;
import io.github.seeddelta.gate.Stack;
import io.github.seeddelta.gate.StackRule;
import io.github.seeddelta.gate.StackVerdict;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.StackLimits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// `--target-mib` and `--max-bpw` under gate and stack rules (SPEC §8, §9): [Budget] chooses among the variants that
/// pass alone, [Stack] judges what was chosen, and whatever it refuses is taken off the table until both agree. What
/// comes out is admitted again when it is built on its own, so an exported policy reproduces it.
public final class BudgetPlan {
    private static final String DENSE = "dense";
    private static final double MIB = 1024.0 * 1024.0;

    private BudgetPlan() {}

    /// A variant that was encoded and measured.
    ///
    /// @param error what replacing the tensor by it costs, in a unit that adds up over tensors
    public record Measured(TensorId id, Variant variant, GateOutcome outcome, long payloadBytes, double error) {}

    /// @param chosen   the variant of every tensor that is replaced
    /// @param verdicts for every tensor that was measured
    /// @param bytes    of all measured tensors together, payload or dense
    /// @param fits     false when even the smallest admissible choice is too large
    public record Plan(
            SortedMap<TensorId, Measured> chosen,
            SortedMap<TensorId, StackVerdict> verdicts,
            long bytes,
            double error,
            boolean fits) {}

    /// @param denseBytes  for every tensor in `measured`
    /// @param budgetBytes for the tensors in `measured` together
    public static Plan choose(
            List<Measured> measured,
            Map<TensorId, Long> denseBytes,
            List<Stack.Kept> kept,
            StackLimits limits,
            long budgetBytes) {
        Map<TensorId, StackVerdict> refused = new TreeMap<>();
        Set<Measured> off = new HashSet<>();
        while (true) {
            Budget.Choice choice = Budget.choose(table(measured, off, denseBytes), budgetBytes);
            SortedMap<TensorId, Measured> chosen = chosen(measured, choice);
            List<Stack.Candidate> candidates = new ArrayList<>();
            chosen.forEach(
                    (id, m) -> candidates.add(new Stack.Candidate(id, m.outcome(), size(denseBytes, id), m.error())));
            Stack.Outcome stack = Stack.admit(candidates, kept, limits);
            boolean agreed = true;
            for (Map.Entry<TensorId, StackVerdict> verdict : stack.verdicts().entrySet()) {
                if (verdict.getValue() instanceof StackVerdict.Refused no) {
                    agreed = false;
                    refused.put(verdict.getKey(), no);
                    takeOff(measured, off, Objects.requireNonNull(chosen.get(verdict.getKey())), no.rule());
                }
            }
            if (agreed) {
                SortedMap<TensorId, StackVerdict> verdicts = verdicts(measured, stack, refused, budgetBytes);
                return new Plan(
                        Collections.unmodifiableSortedMap(chosen),
                        verdicts,
                        choice.bytes(),
                        choice.error(),
                        choice.fits());
            }
        }
    }

    /// A larger variant may still reach hardened thresholds or lose less; every other rule refuses the tensor as such.
    private static void takeOff(List<Measured> measured, Set<Measured> off, Measured chosen, StackRule rule) {
        for (Measured m : measured) {
            boolean ofThisVariant = rule == StackRule.HARDEN || rule == StackRule.MAX_LOSS;
            if (m.equals(chosen) || (!ofThisVariant && m.id().equals(chosen.id()))) {
                off.add(m);
            }
        }
    }

    private static List<Budget.Option> table(
            List<Measured> measured, Set<Measured> off, Map<TensorId, Long> denseBytes) {
        List<Budget.Option> table = new ArrayList<>();
        for (TensorId id : new TreeMap<>(denseBytes).keySet()) {
            table.add(new Budget.Option(id, DENSE, size(denseBytes, id), 0));
        }
        for (Measured m : measured) {
            if (m.outcome().pass() && !off.contains(m)) {
                table.add(new Budget.Option(m.id(), m.variant().toString(), m.payloadBytes(), m.error()));
            }
        }
        return table;
    }

    private static SortedMap<TensorId, Measured> chosen(List<Measured> measured, Budget.Choice choice) {
        SortedMap<TensorId, Measured> chosen = new TreeMap<>();
        for (Measured m : measured) {
            Budget.Option option = choice.chosen().get(m.id());
            if (option != null && option.name().equals(m.variant().toString())) {
                chosen.put(m.id(), m);
            }
        }
        return chosen;
    }

    private static SortedMap<TensorId, StackVerdict> verdicts(
            List<Measured> measured, Stack.Outcome stack, Map<TensorId, StackVerdict> refused, long budgetBytes) {
        SortedMap<TensorId, StackVerdict> verdicts = new TreeMap<>();
        for (Measured m : nearestLast(measured)) {
            verdicts.put(m.id(), m.outcome().pass() ? unneeded(m, budgetBytes) : alone(m));
        }
        verdicts.putAll(refused);
        verdicts.putAll(stack.verdicts());
        return Collections.unmodifiableSortedMap(verdicts);
    }

    /// So that the verdict of a tensor speaks about its best variant.
    private static List<Measured> nearestLast(List<Measured> measured) {
        return measured.stream()
                .sorted(Comparator.comparingDouble((Measured m) -> m.outcome().margin())
                        .thenComparing(m -> m.outcome().pass()))
                .toList();
    }

    private static StackVerdict alone(Measured m) {
        return new StackVerdict.Refused(
                StackRule.ALONE, m.outcome().thresholds(), m.outcome().sentence());
    }

    private static StackVerdict unneeded(Measured m, long budgetBytes) {
        String sentence = String.format(
                Locale.ROOT, "it passes, but the budget of %.1f MiB is spent best without it", budgetBytes / MIB);
        return new StackVerdict.Refused(StackRule.BUDGET, m.outcome().thresholds(), sentence);
    }

    private static long size(Map<TensorId, Long> denseBytes, TensorId id) {
        Long bytes = denseBytes.get(id);
        if (bytes == null) {
            throw new IllegalArgumentException("no dense size for " + id);
        }
        return bytes;
    }
}
