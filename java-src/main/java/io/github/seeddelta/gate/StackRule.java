package io.github.seeddelta.gate;

import io.github.seeddelta.policy.JsonNamed;

/// The rules that can refuse a tensor after measuring, in the order in which they are asked (SPEC §8, §9).
public enum StackRule implements JsonNamed {
    /// Failed the gate on its own.
    ALONE("alone"),
    MAX_TENSORS("max_tensors"),
    MAX_PER_KIND("max_per_kind"),
    MIN_GAP("min_gap"),
    MAX_MIB("max_mib"),
    HARDEN("harden"),
    /// With it, the errors of all replaced tensors together would be too large.
    MAX_LOSS("max_loss"),
    /// Passed, but a budget (`--target-mib`, `--max-bpw`) left it dense.
    BUDGET("budget");

    private final String jsonName;

    StackRule(String jsonName) {
        this.jsonName = jsonName;
    }

    @Override
    public String jsonName() {
        return jsonName;
    }
}
