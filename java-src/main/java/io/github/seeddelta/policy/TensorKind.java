package io.github.seeddelta.policy;

import java.util.Optional;

/// The kinds of weight a policy can name (SPEC §1). Declaration order is the order in which ties are broken and
/// autotune proceeds: gate, up, down (SPEC §8, §9).
public enum TensorKind implements JsonNamed {
    FFN_GATE("ffn_gate", "gate"),
    FFN_UP("ffn_up", "up"),
    FFN_DOWN("ffn_down", "down");

    private final String jsonName;
    private final String shortName;

    TensorKind(String jsonName, String shortName) {
        this.jsonName = jsonName;
        this.shortName = shortName;
    }

    /// Name in policies (`layers[L].tensors`), reports and GGUF keys: `ffn_gate`.
    @Override
    public String jsonName() {
        return jsonName;
    }

    /// Name in per-kind objects such as `K` and on the command line: `gate`.
    public String shortName() {
        return shortName;
    }

    /// GGUF tensor name in layer `layer`: `blk.7.ffn_gate.weight`.
    public String weightName(int layer) {
        return "blk." + layer + "." + jsonName + ".weight";
    }

    public static Optional<TensorKind> ofJsonName(String name) {
        return JsonNamed.find(values(), name);
    }

    public static Optional<TensorKind> ofShortName(String name) {
        for (TensorKind kind : values()) {
            if (kind.shortName.equals(name)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
