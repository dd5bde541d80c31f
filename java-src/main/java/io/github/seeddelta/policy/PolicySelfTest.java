package io.github.seeddelta.policy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// `--policy-self-test`: checks merge, layer expressions and strictness of the running tool on policies of its own.
public final class PolicySelfTest {
    private static final int LAYERS = 24;

    private final KnownNames names;
    private final List<Check> checks = new ArrayList<>();

    private PolicySelfTest(KnownNames names) {
        this.names = names;
    }

    /// @param detail what came out, when it failed
    public record Check(String name, boolean pass, String detail) {}

    public static List<Check> run(KnownNames names) {
        PolicySelfTest test = new PolicySelfTest(names);
        test.precedence();
        test.layers();
        test.refusals();
        return List.copyOf(test.checks);
    }

    private void precedence() {
        Policy policy = Policy.parse("self-test", bytes("""
                {"version": 1,
                 "layers": {"9": {"block": 80, "tensors": {"ffn_down": {"block": 96}}}},
                 "ranges": [{"layers": "4-9", "block": 48}, {"layers": "8-9", "block": 64}],
                 "defaults": {"block": 24}}"""), Policy.Mode.STRICT, names);
        CliDefaults cli = CliDefaults.NONE.with(Keys.BLOCK, 16, "--block");
        block("built-in", Policy.none(), CliDefaults.NONE, 0, TensorKind.FFN_GATE, 32);
        block("command line", Policy.none(), cli, 0, TensorKind.FFN_GATE, 16);
        block("defaults over command line", policy, cli, 0, TensorKind.FFN_GATE, 24);
        block("range over defaults", policy, cli, 4, TensorKind.FFN_GATE, 48);
        block("later range over earlier", policy, cli, 8, TensorKind.FFN_GATE, 64);
        block("layer over range", policy, cli, 9, TensorKind.FFN_GATE, 80);
        block("tensor over layer", policy, cli, 9, TensorKind.FFN_DOWN, 96);
    }

    private void block(String name, Policy policy, CliDefaults cli, int layer, TensorKind kind, int expected) {
        int block = policy.resolve(layer, kind, cli, LAYERS, names).block();
        checks.add(new Check(name, block == expected, "block " + block + ", expected " + expected));
    }

    private void layers() {
        List<Integer> found = new ArrayList<>();
        LayerSet set = LayerSet.parse("2,5-6,last:2");
        for (int layer = 0; layer < LAYERS; layer++) {
            if (set.contains(layer, LAYERS)) {
                found.add(layer);
            }
        }
        checks.add(new Check("layer expression", found.equals(List.of(2, 5, 6, 22, 23)), found.toString()));
    }

    private void refusals() {
        refused("unknown key, strict", "{\"version\": 1, \"defaults\": {\"blok\": 32}}", "\"block\"");
        refused("duplicate key", "{\"version\": 1, \"defaults\": {\"block\": 16, \"block\": 32}}", "twice");
        refused("wrong type", "{\"version\": 1, \"defaults\": {\"block\": \"32\"}}", "integer");
        Policy lenient = Policy.parse(
                "self-test", bytes("{\"version\": 1, \"defaults\": {\"blok\": 32}}"), Policy.Mode.LENIENT, names);
        checks.add(new Check(
                "unknown key, lenient",
                lenient.warnings().size() == 1,
                lenient.warnings().toString()));
    }

    private void refused(String name, String json, String says) {
        try {
            Policy.parse("self-test", bytes(json), Policy.Mode.STRICT, names);
            checks.add(new Check(name, false, "accepted"));
        } catch (PolicyException e) {
            String message = e.problems().getFirst().message();
            checks.add(new Check(name, message.contains(says), message));
        }
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
