package io.github.seeddelta.policy;

import java.util.Map;
import java.util.Optional;

/// One leaf of the policy: its dotted path, its values and what it is when nobody says.
///
/// @param perKind    also accepts an object `{"gate": …, "up": …, "down": …}`; a plain value means all kinds
/// @param wholeBuild speaks about the build and stands in `defaults` only
/// @param builtIn    lowest value in the precedence, per kind; a kind without one has none
public record Key<T>(String path, Shape<T> shape, boolean perKind, boolean wholeBuild, Map<TensorKind, T> builtIn) {
    public Key {
        builtIn = Map.copyOf(builtIn);
    }

    /// The object the key stands in, `gating` for `gating.metric`; empty at the top of a rule.
    public Optional<String> group() {
        int dot = path.indexOf('.');
        return dot < 0 ? Optional.empty() : Optional.of(path.substring(0, dot));
    }

    /// The last part of the path.
    public String name() {
        return path.substring(path.indexOf('.') + 1);
    }

    /// A path occurs once in [Keys], so it stands for the key.
    @Override
    public boolean equals(Object other) {
        return other instanceof Key<?> key && key.path.equals(path);
    }

    @Override
    public int hashCode() {
        return path.hashCode();
    }

    @Override
    public String toString() {
        return path;
    }
}
