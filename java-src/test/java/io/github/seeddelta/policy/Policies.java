package io.github.seeddelta.policy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;

/// What tests need to write a policy in one line.
public final class Policies {
    /// Stands in for the native registry.
    public static final KnownNames NAMES = new KnownNames(
            new TreeSet<>(List.of("none", "prng_block", "fht_struct", "trellis")),
            new TreeSet<>(List.of("none", "coo", "block", "codebook")),
            "fht_struct",
            "block",
            new TreeSet<>(List.of("trellis")),
            "none");

    private Policies() {}

    public static Policy strict(String json) {
        return Policy.parse("p.json", json.getBytes(StandardCharsets.UTF_8), Policy.Mode.STRICT, NAMES);
    }

    public static Policy lenient(String json) {
        return Policy.parse("p.json", json.getBytes(StandardCharsets.UTF_8), Policy.Mode.LENIENT, NAMES);
    }

    public static ResolvedTensor resolve(String json, int layer, TensorKind kind, int layerCount) {
        return strict(json).resolve(layer, kind, CliDefaults.NONE, layerCount, NAMES);
    }
}
