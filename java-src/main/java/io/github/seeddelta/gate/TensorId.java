package io.github.seeddelta.gate;

import io.github.seeddelta.policy.TensorKind;
import java.util.Comparator;

/// A weight by layer and kind; ordered by layer, then kind.
public record TensorId(int layer, TensorKind kind) implements Comparable<TensorId> {
    private static final Comparator<TensorId> ORDER =
            Comparator.comparingInt(TensorId::layer).thenComparing(TensorId::kind);

    @Override
    public int compareTo(TensorId other) {
        return ORDER.compare(this, other);
    }

    /// `layer 7 ffn_gate`.
    @Override
    public String toString() {
        return "layer " + layer + " " + kind.jsonName();
    }
}
