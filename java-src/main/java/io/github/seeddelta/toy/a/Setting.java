package io.github.seeddelta.toy.a;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// How a case is encoded, in the words of a policy.
///
/// @param block 0 for schemes without blocks
/// @param stacks of base `fht_struct`; [Stacks#NONE] for other bases
record Setting(String base, Stacks stacks, long seed, String scheme, int k, int block, String vals, boolean rowScale) {
    /// @param length L
    /// @param count B
    record Stacks(int length, int count, int depth, int permTrials) {
        static final Stacks NONE = new Stacks(0, 0, 0, 0);
    }

    static Setting coo(int k, String vals) {
        return new Setting("none", Stacks.NONE, 1, "coo", k, 0, vals, true);
    }

    static Setting block(int block, int k, String vals) {
        return new Setting("none", Stacks.NONE, 1, "block", k, block, vals, true);
    }

    Setting withoutRowScale() {
        return new Setting(base, stacks, seed, scheme, k, block, vals, false);
    }

    Setting onSigns(long signSeed) {
        return new Setting("prng_block", Stacks.NONE, signSeed, scheme, k, block, vals, rowScale);
    }

    Setting onStacks(long stackSeed, Stacks hadamard) {
        return new Setting("fht_struct", hadamard, stackSeed, scheme, k, block, vals, rowScale);
    }

    boolean isI8() {
        return vals.equals("i8");
    }

    /// Inputs kept together: 1 for `coo`.
    int unit() {
        return Math.max(1, block);
    }

    ObjectNode policy() {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("enabled", true);
        out.put("scheme", scheme);
        out.put("K", k);
        if (block > 0) {
            out.put("block", block);
        }
        out.put("vals", vals);
        out.put("row_scale", rowScale);
        ObjectNode kind = out.putObject("base").put("kind", base).put("seed", seed);
        if (stacks.count() > 0) {
            kind.put("L", stacks.length())
                    .put("B", stacks.count())
                    .put("depth", stacks.depth())
                    .put("perm_trials", stacks.permTrials());
        }
        return out;
    }

    @Override
    public String toString() {
        return base
                + (stacks.count() > 0
                        ? "(L " + stacks.length() + ", B " + stacks.count() + ", depth " + stacks.depth() + ")"
                        : "")
                + " + " + scheme + (block > 0 ? block : "") + " K " + k + " " + vals
                + (rowScale ? "" : ", no row scale");
    }
}
