package io.github.seeddelta.policy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// Limits on how many tensors are replaced together (SPEC §8).
///
/// @param minGap     untouched layers between two touched ones; 1 = no two consecutive; 0 = no rule
/// @param maxTensors most tensors replaced; empty = no cap
/// @param maxPerKind most tensors of a kind; a kind without an entry has no cap
/// @param maxMib     most MiB of dense weights replaced; empty = no cap
/// @param harden     thresholds rise with the number admitted
/// @param maxLoss    most squared relative output error of all replaced tensors together; empty = no cap
public record StackLimits(
        int minGap,
        OptionalInt maxTensors,
        Map<TensorKind, Integer> maxPerKind,
        OptionalDouble maxMib,
        boolean harden,
        OptionalDouble maxLoss) {
    /// Of `stack.max_loss` when nobody says; docs/METRICS.md has the measurements it comes from.
    public static final double DEFAULT_MAX_LOSS = 0.001;

    /// What holds when nobody says.
    public static final StackLimits DEFAULT = new StackLimits(
            1, OptionalInt.empty(), Map.of(), OptionalDouble.empty(), true, OptionalDouble.of(DEFAULT_MAX_LOSS));

    /// Without a cap on the loss.
    public StackLimits(
            int minGap,
            OptionalInt maxTensors,
            Map<TensorKind, Integer> maxPerKind,
            OptionalDouble maxMib,
            boolean harden) {
        this(minGap, maxTensors, maxPerKind, maxMib, harden, OptionalDouble.empty());
    }

    public StackLimits {
        maxPerKind = Map.copyOf(maxPerKind);
    }

    static StackLimits of(Map<Key<?>, Sourced<?>> merged, Map<TensorKind, Integer> maxPerKind) {
        Sourced<?> tensors = merged.get(Keys.STACK_MAX_TENSORS);
        Sourced<?> mib = merged.get(Keys.STACK_MAX_MIB);
        return new StackLimits(
                (Integer) value(merged, Keys.STACK_MIN_GAP),
                tensors == null ? OptionalInt.empty() : OptionalInt.of((Integer) tensors.value()),
                maxPerKind,
                mib == null ? OptionalDouble.empty() : OptionalDouble.of((Double) mib.value()),
                (Boolean) value(merged, Keys.STACK_HARDEN),
                OptionalDouble.of((Double) value(merged, Keys.STACK_MAX_LOSS)));
    }

    private static Object value(Map<Key<?>, Sourced<?>> merged, Key<?> key) {
        Sourced<?> sourced = merged.get(key);
        if (sourced == null) {
            throw new IllegalStateException(key + " has no value");
        }
        return sourced.value();
    }

    /// The same limits as policy leaves, for the export.
    Map<Leaf, Object> leaves() {
        Map<Leaf, Object> leaves = new LinkedHashMap<>();
        leaves.put(new Leaf(Keys.STACK_MIN_GAP, Optional.empty()), minGap);
        maxTensors.ifPresent(n -> leaves.put(new Leaf(Keys.STACK_MAX_TENSORS, Optional.empty()), n));
        for (TensorKind kind : TensorKind.values()) {
            Integer cap = maxPerKind.get(kind);
            if (cap != null) {
                leaves.put(Leaf.of(Keys.STACK_MAX_PER_KIND, kind), cap);
            }
        }
        maxMib.ifPresent(n -> leaves.put(new Leaf(Keys.STACK_MAX_MIB, Optional.empty()), n));
        leaves.put(new Leaf(Keys.STACK_HARDEN, Optional.empty()), harden);
        leaves.put(new Leaf(Keys.STACK_MAX_LOSS, Optional.empty()), maxLoss.orElse(Keys.NO_MAX_LOSS));
        return leaves;
    }
}
