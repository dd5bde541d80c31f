package io.github.seeddelta.policy;

import java.util.Optional;

/// A place that one rule can set: a key, and the kind where the key has a value per kind.
record Leaf(Key<?> key, Optional<TensorKind> kind) {
    Leaf {
        if (key.perKind() != kind.isPresent()) {
            throw new IllegalArgumentException(key + (key.perKind() ? " needs a kind" : " has no value per kind"));
        }
    }

    static Leaf of(Key<?> key, TensorKind kind) {
        return new Leaf(key, key.perKind() ? Optional.of(kind) : Optional.empty());
    }

    boolean appliesTo(TensorKind wanted) {
        return kind.isEmpty() || kind.get() == wanted;
    }
}
