package io.github.seeddelta.tune;

import io.github.seeddelta.policy.ResolvedTensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;

/// The variants autotune tries for a tensor, cheapest first (SPEC §9).
public final class Schedules {
    private Schedules() {}

    /// A value that a base kind or a scheme makes use of. The caller knows from the registry which ones; a schedule for
    /// any other value would only repeat the same payload.
    public enum Axis {
        K,
        BLOCK,
        BITS
    }

    /// Every combination of the schedules on `axes`, ordered by payload bytes, then K, block, bits, cut to `max_iters`.
    /// With one axis this is the schedule itself. A value without schedule or axis stays as resolved.
    ///
    /// @param payloadBytes exact size of a variant's payload, indices included
    public static List<Variant> variants(ResolvedTensor tensor, Set<Axis> axes, ToLongFunction<Variant> payloadBytes) {
        ResolvedTensor.Tuning tuning = tensor.tuning();
        Variant resolved = Variant.of(tensor);
        List<Variant> all = new ArrayList<>();
        for (int k : axis(axes, Axis.K, tuning.kSchedule(), resolved.k())) {
            for (int block : axis(axes, Axis.BLOCK, tuning.blockSchedule(), resolved.block())) {
                for (double bits : axis(axes, Axis.BITS, tuning.bitsSchedule(), resolved.bits())) {
                    all.add(new Variant(k, block, bits));
                }
            }
        }
        all.sort(Comparator.comparingLong(payloadBytes)
                .thenComparingInt(Variant::k)
                .thenComparingInt(Variant::block)
                .thenComparingDouble(Variant::bits));
        return List.copyOf(all.subList(0, Math.min(all.size(), tuning.maxIters())));
    }

    private static <N> List<N> axis(Set<Axis> axes, Axis axis, List<N> schedule, N resolved) {
        return axes.contains(axis) && !schedule.isEmpty() ? schedule : List.of(resolved);
    }
}
