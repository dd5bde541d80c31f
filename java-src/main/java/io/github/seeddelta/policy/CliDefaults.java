package io.github.seeddelta.policy;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the command line says: values that lie below the policy, and the selection of tensors to work on.
///
/// The two differ. A value (`--K 64`) is only a baseline and any rule of the policy beats it (SPEC §6). The selection
/// (`--layers`, `--kinds`) says which tensors this command looks at: outside it nothing is touched, whatever the policy
/// says, and a kind that `--kinds` names is tried unless the policy disables it (CLI.md).
///
/// Immutable; every `with` returns a new value.
public final class CliDefaults {
    public static final CliDefaults NONE = new CliDefaults(Map.of(), Optional.empty(), Set.of());

    private final Map<Leaf, Sourced<?>> values;
    private final Optional<LayerSet> layers;
    private final Set<TensorKind> kinds;

    private CliDefaults(Map<Leaf, Sourced<?>> values, Optional<LayerSet> layers, Set<TensorKind> kinds) {
        this.values = values;
        this.layers = layers;
        this.kinds = kinds;
    }

    /// Sets `key` for every kind. `flag` is what the user typed, such as `--K`.
    public <T> CliDefaults with(Key<T> key, T value, String flag) {
        CliDefaults result = this;
        for (TensorKind kind : TensorKind.values()) {
            result = result.with(key, kind, value, flag);
        }
        return result;
    }

    /// Sets `key` for one kind, as `--K-gate` does. A key without a value per kind is set for all.
    public <T> CliDefaults with(Key<T> key, TensorKind kind, T value, String flag) {
        Map<Leaf, Sourced<?>> next = new LinkedHashMap<>(values);
        next.put(Leaf.of(key, kind), new Sourced<>(value, new Origin.Flag(flag)));
        return new CliDefaults(next, layers, kinds);
    }

    /// Sets `key` for every kind from the text of a flag, under the same checks as a value in a policy. A schedule is
    /// written `128,256,512`.
    ///
    /// @throws IllegalArgumentException naming the flag and what it takes
    public <T> CliDefaults withText(Key<T> key, String text, String flag, KnownNames names) {
        return with(key, Values.parse(key.shape(), text, flag, names), flag);
    }

    /// As [#withText(Key, String, String, KnownNames)] for one kind.
    public <T> CliDefaults withText(Key<T> key, TensorKind kind, String text, String flag, KnownNames names) {
        return with(key, kind, Values.parse(key.shape(), text, flag, names), flag);
    }

    /// Restricts the command to these layers.
    public CliDefaults withLayers(LayerSet selected) {
        return new CliDefaults(values, Optional.of(selected), kinds);
    }

    /// Restricts the command to these kinds.
    ///
    /// @throws IllegalArgumentException when none is given
    public CliDefaults withKinds(Set<TensorKind> selected) {
        if (selected.isEmpty()) {
            throw new IllegalArgumentException("--kinds needs at least one kind");
        }
        return new CliDefaults(values, layers, EnumSet.copyOf(selected));
    }

    Map<Leaf, Sourced<?>> values() {
        return values;
    }

    boolean namesKind(TensorKind kind) {
        return kinds.contains(kind);
    }

    /// The flag that keeps this tensor out, if one does.
    Optional<String> excludedBy(int layer, TensorKind kind, int layerCount) {
        if (layers.isPresent() && !layers.get().contains(layer, layerCount)) {
            return Optional.of("--layers " + layers.get().text());
        }
        if (!kinds.isEmpty() && !kinds.contains(kind)) {
            return Optional.of("--kinds "
                    + String.join(",", kinds.stream().map(TensorKind::shortName).toList()));
        }
        return Optional.empty();
    }
}
