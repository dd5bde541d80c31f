package io.github.seeddelta.policy;

import io.github.seeddelta.policy.Shape.Choice;
import io.github.seeddelta.policy.Shape.Flag;
import io.github.seeddelta.policy.Shape.Name;
import io.github.seeddelta.policy.Shape.Real;
import io.github.seeddelta.policy.Shape.Schedule;
import io.github.seeddelta.policy.Shape.Unsigned64;
import io.github.seeddelta.policy.Shape.Vocabulary;
import io.github.seeddelta.policy.Shape.Whole;
import java.math.BigInteger;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Every key of policy v1 (SPEC §6), in the order in which they are written. `enabled`, `scheme` and `base.kind` have
/// no built-in here: the first follows `gating.set`, the others come with [KnownNames].
public final class Keys {
    private static final Shape<Integer> BLOCK_SIZE = new Whole(1, 4096);
    private static final Shape<Integer> K_COUNT = new Whole(1, 1 << 20);
    private static final Shape<Double> BIT_RATE = new Real(0.25, 16);
    private static final Shape<Double> COSINE = new Real(-1, 1);

    /// The value of `stack.max_loss` that refuses nothing.
    public static final double NO_MAX_LOSS = 1e9;

    /// Try this tensor at all.
    public static final Key<Boolean> ENABLED = tensor("enabled", new Flag());
    /// Remove the dense weight once its replacement has passed.
    public static final Key<Boolean> STRIP_DENSE = tensor("strip_dense", new Flag(), false);
    public static final Key<String> SCHEME = tensor("scheme", new Name(Vocabulary.SCHEME));
    /// Contiguous inputs per residual block.
    public static final Key<Integer> BLOCK = tensor("block", BLOCK_SIZE, 32);
    /// Residual entries per output row.
    public static final Key<Integer> K = new Key<>("K", K_COUNT, true, false, perKind(256, 256, 512));
    /// Columns of the dictionary of scheme `codebook`.
    public static final Key<Integer> ATOMS = tensor("atoms", new Whole(1, 1 << 16), 64);
    /// Bits per weight of a base that carries the information itself.
    public static final Key<Double> BITS = tensor("bits", BIT_RATE, 2.0);

    public static final Key<String> BASE_KIND = tensor("base.kind", new Name(Vocabulary.BASE_KIND));
    public static final Key<BigInteger> BASE_SEED = tensor("base.seed", new Unsigned64(), BigInteger.ONE);
    public static final Key<Double> BASE_SCALE = tensor("base.scale", new Real(1e-9, 1e9), 1.0);
    /// Padded length of the structured base; without it, the next power of two above n_in.
    public static final Key<Integer> BASE_L = tensor("base.L", new Whole(2, 1 << 20));
    public static final Key<Integer> BASE_B = tensor("base.B", new Whole(1, 1024), 4);
    public static final Key<Integer> BASE_DEPTH = tensor("base.depth", new Whole(1, 64), 2);
    public static final Key<Integer> BASE_SAMPLES = tensor("base.samples", new Whole(1, 1 << 24), 2048);
    public static final Key<Integer> BASE_PERM_TRIALS = tensor("base.perm_trials", new Whole(1, 1 << 16), 4);
    /// Seeds tried per block; 0 searches none.
    public static final Key<Integer> BASE_SEED_SEARCH = tensor("base.seed_search", new Whole(0, 1 << 16), 0);
    /// Contiguous inputs that share a seed; a multiple of 4.
    public static final Key<Integer> BASE_SEED_BLOCK = tensor("base.seed_block", new Whole(4, 64), 12);

    public static final Key<Boolean> ROW_SCALE = tensor("row_scale", new Flag(), true);
    public static final Key<ValueType> VALS = tensor("vals", choice(ValueType.values()), ValueType.F16);
    /// Fit kept values against second moments, where there are some.
    public static final Key<Boolean> REFIT = tensor("refit", new Flag(), true);

    public static final Key<Metric> GATING_METRIC = tensor("gating.metric", choice(Metric.values()), Metric.COS_X_W);
    public static final Key<GateSet> GATING_SET = tensor("gating.set", choice(GateSet.values()), GateSet.SAFE);
    /// Lowest accepted mean; without it, the number of `gating.set`.
    public static final Key<Double> GATING_MIN_MEAN = new Key<>("gating.min_mean", COSINE, true, false, Map.of());
    /// Lowest accepted 5th percentile; without it, the number of `gating.set`.
    public static final Key<Double> GATING_MIN_P05 = new Key<>("gating.min_p05", COSINE, true, false, Map.of());
    public static final Key<Boolean> GATING_ALLOW_UP = tensor("gating.allow_up", new Flag(), false);

    public static final Key<Boolean> AUTOTUNE_ENABLED = tensor("autotune.enabled", new Flag(), false);
    public static final Key<List<Integer>> AUTOTUNE_SCHEDULE_GATE_UP =
            tensor("autotune.schedule_gate_up", new Schedule<>(K_COUNT), List.of(128, 256, 384, 512));
    public static final Key<List<Integer>> AUTOTUNE_SCHEDULE_DOWN =
            tensor("autotune.schedule_down", new Schedule<>(K_COUNT), List.of(256, 512, 768, 1024));
    public static final Key<List<Integer>> AUTOTUNE_BLOCK_SCHEDULE =
            tensor("autotune.block_schedule", new Schedule<>(BLOCK_SIZE));
    public static final Key<List<Double>> AUTOTUNE_BITS_SCHEDULE =
            tensor("autotune.bits_schedule", new Schedule<>(BIT_RATE));
    public static final Key<Integer> AUTOTUNE_MAX_ITERS = tensor("autotune.max_iters", new Whole(1, 4096), 4);

    /// Untouched layers that must lie between two touched ones.
    public static final Key<Integer> STACK_MIN_GAP =
            new Key<>("stack.min_gap", new Whole(0, 99_999), false, true, all(1));
    public static final Key<Integer> STACK_MAX_TENSORS =
            new Key<>("stack.max_tensors", new Whole(0, 1 << 20), false, true, Map.of());
    public static final Key<Integer> STACK_MAX_PER_KIND =
            new Key<>("stack.max_per_kind", new Whole(0, 1 << 20), true, true, Map.of());
    /// MiB of dense weights that may be replaced in total.
    public static final Key<Double> STACK_MAX_MIB =
            new Key<>("stack.max_mib", new Real(0, 1 << 30), false, true, Map.of());
    public static final Key<Boolean> STACK_HARDEN = new Key<>("stack.harden", new Flag(), false, true, all(true));
    /// Squared relative output error that all replaced tensors may have together.
    public static final Key<Double> STACK_MAX_LOSS =
            new Key<>("stack.max_loss", new Real(0, NO_MAX_LOSS), false, true, all(StackLimits.DEFAULT_MAX_LOSS));

    /// All keys, in writing order.
    public static final List<Key<?>> ALL = List.of(
            ENABLED,
            STRIP_DENSE,
            SCHEME,
            BLOCK,
            K,
            ATOMS,
            BITS,
            BASE_KIND,
            BASE_SEED,
            BASE_SCALE,
            BASE_L,
            BASE_B,
            BASE_DEPTH,
            BASE_SAMPLES,
            BASE_PERM_TRIALS,
            BASE_SEED_SEARCH,
            BASE_SEED_BLOCK,
            ROW_SCALE,
            VALS,
            REFIT,
            GATING_METRIC,
            GATING_SET,
            GATING_MIN_MEAN,
            GATING_MIN_P05,
            GATING_ALLOW_UP,
            AUTOTUNE_ENABLED,
            AUTOTUNE_SCHEDULE_GATE_UP,
            AUTOTUNE_SCHEDULE_DOWN,
            AUTOTUNE_BLOCK_SCHEDULE,
            AUTOTUNE_BITS_SCHEDULE,
            AUTOTUNE_MAX_ITERS,
            STACK_MIN_GAP,
            STACK_MAX_TENSORS,
            STACK_MAX_PER_KIND,
            STACK_MAX_MIB,
            STACK_HARDEN,
            STACK_MAX_LOSS);

    private Keys() {}

    private static <T> Key<T> tensor(String path, Shape<T> shape) {
        return new Key<>(path, shape, false, false, Map.of());
    }

    private static <T> Key<T> tensor(String path, Shape<T> shape, T builtIn) {
        return new Key<>(path, shape, false, false, all(builtIn));
    }

    private static <E extends JsonNamed> Shape<E> choice(E[] constants) {
        return new Choice<>(List.of(constants));
    }

    private static <T> Map<TensorKind, T> all(T value) {
        return perKind(value, value, value);
    }

    private static <T> Map<TensorKind, T> perKind(T gate, T up, T down) {
        Map<TensorKind, T> values = new EnumMap<>(TensorKind.class);
        values.put(TensorKind.FFN_GATE, gate);
        values.put(TensorKind.FFN_UP, up);
        values.put(TensorKind.FFN_DOWN, down);
        return values;
    }
}
