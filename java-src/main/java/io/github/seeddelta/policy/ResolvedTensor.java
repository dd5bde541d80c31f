package io.github.seeddelta.policy;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/// What the policy says about one tensor, each value with its origin. Values per kind are those of this kind.
public final class ResolvedTensor {
    private final int layer;
    private final TensorKind kind;
    private final Map<Key<?>, Sourced<?>> values;

    ResolvedTensor(int layer, TensorKind kind, Map<Key<?>, Sourced<?>> merged) {
        Map<Key<?>, Sourced<?>> ordered = new LinkedHashMap<>();
        for (Key<?> key : Keys.ALL) {
            Sourced<?> value = merged.get(key);
            if (value != null) {
                ordered.put(key, value);
            }
        }
        this.layer = layer;
        this.kind = kind;
        this.values = Collections.unmodifiableMap(ordered);
    }

    public int layer() {
        return layer;
    }

    public TensorKind kind() {
        return kind;
    }

    /// GGUF name of the dense weight.
    public String weightName() {
        return kind.weightName(layer);
    }

    /// Every value that is set, in writing order.
    public Map<Key<?>, Sourced<?>> values() {
        return values;
    }

    /// The value of `key` with its origin, if it has one.
    @SuppressWarnings("unchecked") // the parser and CliDefaults put a T under a Key<T>
    public <T> Optional<Sourced<T>> get(Key<T> key) {
        return Optional.ofNullable((Sourced<T>) values.get(key));
    }

    /// This tensor with other values, as autotune and the export need it.
    public <T> ResolvedTensor with(Key<T> key, T value, Origin origin) {
        Map<Key<?>, Sourced<?>> next = new LinkedHashMap<>(values);
        next.put(key, new Sourced<>(value, origin));
        return new ResolvedTensor(layer, kind, next);
    }

    public boolean enabled() {
        return value(Keys.ENABLED);
    }

    public boolean stripDense() {
        return value(Keys.STRIP_DENSE);
    }

    public String scheme() {
        return value(Keys.SCHEME);
    }

    public int block() {
        return value(Keys.BLOCK);
    }

    public int k() {
        return value(Keys.K);
    }

    public int atoms() {
        return value(Keys.ATOMS);
    }

    public double bits() {
        return value(Keys.BITS);
    }

    public boolean rowScale() {
        return value(Keys.ROW_SCALE);
    }

    public ValueType vals() {
        return value(Keys.VALS);
    }

    public boolean refit() {
        return value(Keys.REFIT);
    }

    public Base base() {
        return new Base(
                value(Keys.BASE_KIND),
                value(Keys.BASE_SEED).longValue(),
                value(Keys.BASE_SCALE),
                get(Keys.BASE_L).map(l -> OptionalInt.of(l.value())).orElse(OptionalInt.empty()),
                value(Keys.BASE_B),
                value(Keys.BASE_DEPTH),
                value(Keys.BASE_SAMPLES),
                value(Keys.BASE_PERM_TRIALS),
                value(Keys.BASE_SEED_SEARCH),
                value(Keys.BASE_SEED_BLOCK));
    }

    public Gating gating() {
        return new Gating(
                value(Keys.GATING_METRIC),
                value(Keys.GATING_SET),
                optional(Keys.GATING_MIN_MEAN),
                optional(Keys.GATING_MIN_P05),
                value(Keys.GATING_ALLOW_UP));
    }

    /// The schedules that concern this kind.
    public Tuning tuning() {
        Key<List<Integer>> schedule =
                kind == TensorKind.FFN_DOWN ? Keys.AUTOTUNE_SCHEDULE_DOWN : Keys.AUTOTUNE_SCHEDULE_GATE_UP;
        return new Tuning(
                value(Keys.AUTOTUNE_ENABLED),
                value(schedule),
                get(Keys.AUTOTUNE_BLOCK_SCHEDULE).map(Sourced::value).orElse(List.of()),
                get(Keys.AUTOTUNE_BITS_SCHEDULE).map(Sourced::value).orElse(List.of()),
                value(Keys.AUTOTUNE_MAX_ITERS));
    }

    private OptionalDouble optional(Key<Double> key) {
        return get(key).map(v -> OptionalDouble.of(v.value())).orElse(OptionalDouble.empty());
    }

    private <T> T value(Key<T> key) {
        return get(key).orElseThrow(() -> new IllegalStateException(key + " has no value for " + weightName()))
                .value();
    }

    /// `base` of the policy.
    ///
    /// @param seed   the unsigned 64-bit seed in the bits of a long
    /// @param length padded length; empty = next power of two above n_in
    public record Base(
            String kind,
            long seed,
            double scale,
            OptionalInt length,
            int stacks,
            int depth,
            int samples,
            int permTrials,
            int seedSearch,
            int seedBlock) {}

    /// `gating` of the policy for this kind; a threshold that is empty comes from the set.
    public record Gating(Metric metric, GateSet set, OptionalDouble minMean, OptionalDouble minP05, boolean allowUp) {}

    /// `autotune` of the policy for this kind; an empty schedule means: leave that value as resolved.
    public record Tuning(
            boolean enabled,
            List<Integer> kSchedule,
            List<Integer> blockSchedule,
            List<Double> bitsSchedule,
            int maxIters) {}
}
