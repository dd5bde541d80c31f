package io.github.seeddelta.policy;

import io.github.seeddelta.policy.Json.At;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// One place of a policy that sets values: where it stands, which tensors it speaks about, what it sets.
record Rule(Level level, String where, LayerSet layers, Optional<TensorKind> kind, Map<Leaf, Setting> settings) {
    Rule {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /// Precedence, lowest first (SPEC §6).
    enum Level {
        DEFAULTS,
        RANGE,
        LAYER,
        TENSOR
    }

    record Setting(Object value, At at) {}

    boolean appliesTo(int layer, TensorKind wanted, int layerCount) {
        return layers.contains(layer, layerCount) && (kind.isEmpty() || kind.get() == wanted);
    }
}
