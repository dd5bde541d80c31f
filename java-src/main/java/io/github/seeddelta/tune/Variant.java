package io.github.seeddelta.tune;

import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.Origin;
import io.github.seeddelta.policy.ResolvedTensor;

/// One setting of the values that autotune and budgets move: K, block and bits (SPEC §9).
public record Variant(int k, int block, double bits) {
    /// The variant a tensor resolves to.
    public static Variant of(ResolvedTensor tensor) {
        return new Variant(tensor.k(), tensor.block(), tensor.bits());
    }

    /// `tensor` with these values; `by` is recorded as their origin, such as `autotune`.
    public ResolvedTensor apply(ResolvedTensor tensor, String by) {
        Origin origin = new Origin.Flag(by);
        return tensor.with(Keys.K, k, origin).with(Keys.BLOCK, block, origin).with(Keys.BITS, bits, origin);
    }
}
