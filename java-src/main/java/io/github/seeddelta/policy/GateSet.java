package io.github.seeddelta.policy;

/// Names of the threshold sets of SPEC §7. Their numbers are in `gate.ThresholdSets`.
public enum GateSet implements JsonNamed {
    RESEARCH("research"),
    SAFE("safe");

    private final String jsonName;

    GateSet(String jsonName) {
        this.jsonName = jsonName;
    }

    @Override
    public String jsonName() {
        return jsonName;
    }

    /// Whether tensors of `kind` are tried when nothing says `enabled`: under `safe`, down is off (SPEC §7).
    public boolean triesByDefault(TensorKind kind) {
        return this == RESEARCH || kind != TensorKind.FFN_DOWN;
    }
}
