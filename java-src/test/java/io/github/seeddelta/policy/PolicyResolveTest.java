package io.github.seeddelta.policy;

import static io.github.seeddelta.policy.TensorKind.FFN_DOWN;
import static io.github.seeddelta.policy.TensorKind.FFN_GATE;
import static io.github.seeddelta.policy.TensorKind.FFN_UP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PolicyResolveTest {
    private static final CliDefaults CLI = CliDefaults.NONE.with(Keys.BLOCK, 16, "--block");

    private static Sourced<Integer> block(Policy policy, int layer, TensorKind kind) {
        return policy.resolve(layer, kind, CLI, 24, Policies.NAMES)
                .get(Keys.BLOCK)
                .orElseThrow();
    }

    @Test
    void everyLevelBeatsTheOnesBelowAndTheLastOfALevelWins() {
        // Out of order on purpose: the place in the file decides only between rules of one level.
        Policy policy = Policies.strict("""
                {"version": 1,
                 "layers": {"9": {"tensors": {"ffn_down": {"block": 96}}, "block": 80},
                            "9-10": {"block": 81}},
                 "ranges": [{"layers": "4-9", "block": 48}, {"layers": "8-10", "block": 64}],
                 "defaults": {"block": 24}}""");
        assertThat(block(Policy.none(), 0, FFN_GATE)).isEqualTo(new Sourced<>(16, new Origin.Flag("--block")));
        assertThat(block(policy, 0, FFN_GATE).value()).isEqualTo(24);
        assertThat(block(policy, 4, FFN_GATE).value()).isEqualTo(48);
        assertThat(block(policy, 8, FFN_GATE).value()).isEqualTo(64);
        assertThat(block(policy, 9, FFN_GATE).value()).as("later layer rule").isEqualTo(81);
        assertThat(block(policy, 9, FFN_DOWN))
                .isEqualTo(new Sourced<>(96, new Origin.PolicyRule("layers.9.tensors.ffn_down", 2, 44)));
    }

    @Test
    void withoutAnyRuleTheValueIsBuiltIn() {
        ResolvedTensor tensor = Policy.none().resolve(0, FFN_DOWN, CliDefaults.NONE, 1, Policies.NAMES);
        assertThat(tensor.get(Keys.K)).contains(new Sourced<>(512, new Origin.BuiltIn()));
        assertThat(tensor.base().kind()).isEqualTo("fht_struct");
        assertThat(tensor.scheme()).isEqualTo("block");
        assertThat(tensor.base().length()).isEqualTo(OptionalInt.empty());
        assertThat(tensor.gating().minMean()).isEqualTo(OptionalDouble.empty());
    }

    @Test
    void aWholeBaseNeedsNoResidualUnlessOneIsNamed() {
        ResolvedTensor alone =
                Policies.resolve("{\"version\":1,\"defaults\":{\"base\":{\"kind\":\"trellis\"}}}", 0, FFN_UP, 1);
        assertThat(alone.get(Keys.SCHEME)).contains(new Sourced<>("none", new Origin.BuiltIn()));
        ResolvedTensor named = Policies.resolve(
                "{\"version\":1,\"defaults\":{\"scheme\":\"coo\",\"base\":{\"kind\":\"trellis\"}}}", 0, FFN_UP, 1);
        assertThat(named.scheme()).isEqualTo("coo");
    }

    @Test
    void valuesMergeLeafByLeaf() {
        String json = """
                {"version": 1,
                 "defaults": {"K": {"gate": 10, "up": 20, "down": 30}, "gating": {"metric": "cos_x", "min_mean": 0.9}},
                 "layers": {"1": {"K": {"up": 21}, "gating": {"min_mean": {"down": 0.8}}}, "2": {"K": 5}}}""";
        assertThat(Policies.resolve(json, 1, FFN_GATE, 3).k()).isEqualTo(10);
        assertThat(Policies.resolve(json, 1, FFN_UP, 3).k()).isEqualTo(21);
        assertThat(Policies.resolve(json, 2, FFN_DOWN, 3).k()).isEqualTo(5);
        ResolvedTensor.Gating down = Policies.resolve(json, 1, FFN_DOWN, 3).gating();
        assertThat(down.metric()).isEqualTo(Metric.COS_X);
        assertThat(down.minMean()).hasValue(0.8);
        assertThat(Policies.resolve(json, 1, FFN_UP, 3).gating().minMean()).hasValue(0.9);
    }

    @Test
    void theScheduleIsThatOfTheKind() {
        String json =
                "{\"version\":1,\"defaults\":{\"autotune\":{\"schedule_gate_up\":[1,2],\"schedule_down\":[3,4]}}}";
        assertThat(Policies.resolve(json, 0, FFN_UP, 1).tuning().kSchedule()).isEqualTo(List.of(1, 2));
        assertThat(Policies.resolve(json, 0, FFN_DOWN, 1).tuning().kSchedule()).isEqualTo(List.of(3, 4));
    }

    @Test
    void downIsOffUnderSafeUntilSomethingSwitchesItOn() {
        assertThat(Policies.resolve("{\"version\":1}", 0, FFN_GATE, 1).enabled())
                .isTrue();
        assertThat(Policies.resolve("{\"version\":1}", 0, FFN_DOWN, 1).enabled())
                .isFalse();
        assertThat(Policies.resolve("{\"version\":1,\"defaults\":{\"enabled\":true}}", 0, FFN_DOWN, 1)
                        .enabled())
                .isTrue();
        assertThat(Policies.resolve("{\"version\":1,\"defaults\":{\"gating\":{\"set\":\"research\"}}}", 0, FFN_DOWN, 1)
                        .enabled())
                .isTrue();
        CliDefaults named = CliDefaults.NONE.withKinds(Set.of(FFN_DOWN));
        assertThat(Policy.none().resolve(0, FFN_DOWN, named, 1, Policies.NAMES).enabled())
                .isTrue();
    }

    @Test
    void theSelectionOfTheCommandLineIsNotOverruled() {
        Policy all = Policies.strict("{\"version\":1,\"defaults\":{\"enabled\":true}}");
        CliDefaults cli = CliDefaults.NONE.withLayers(LayerSet.parse("1-2")).withKinds(Set.of(FFN_GATE, FFN_DOWN));
        assertThat(all.resolve(1, FFN_GATE, cli, 4, Policies.NAMES).enabled()).isTrue();
        assertThat(all.resolve(3, FFN_GATE, cli, 4, Policies.NAMES).get(Keys.ENABLED))
                .contains(new Sourced<>(false, new Origin.Flag("--layers 1-2")));
        assertThat(all.resolve(1, FFN_UP, cli, 4, Policies.NAMES).get(Keys.ENABLED))
                .contains(new Sourced<>(false, new Origin.Flag("--kinds gate,down")));
        Policy off = Policies.strict("{\"version\":1,\"defaults\":{\"enabled\":false}}");
        assertThat(off.resolve(1, FFN_GATE, cli, 4, Policies.NAMES).enabled())
                .as("policy over --kinds")
                .isFalse();
    }

    @Test
    void flagsAreCheckedLikeThePolicy() {
        CliDefaults cli = CliDefaults.NONE
                .withText(Keys.K, FFN_DOWN, "99", "--K-down", Policies.NAMES)
                .withText(Keys.AUTOTUNE_SCHEDULE_GATE_UP, "8,16", "--autotune-k-gate-up", Policies.NAMES)
                .withText(Keys.ROW_SCALE, "false", "--row-scale", Policies.NAMES)
                .withText(Keys.BASE_KIND, "trellis", "--base-kind", Policies.NAMES)
                .withText(Keys.GATING_METRIC, "cos_x", "--gating-metric", Policies.NAMES);
        ResolvedTensor down = Policy.none().resolve(0, FFN_DOWN, cli, 1, Policies.NAMES);
        ResolvedTensor gate = Policy.none().resolve(0, FFN_GATE, cli, 1, Policies.NAMES);
        assertThat(down.k()).isEqualTo(99);
        assertThat(gate.k()).isEqualTo(256);
        assertThat(gate.tuning().kSchedule()).isEqualTo(List.of(8, 16));
        assertThat(gate.rowScale()).isFalse();
        assertThat(gate.base().kind()).isEqualTo("trellis");
        assertThat(gate.gating().metric()).isEqualTo(Metric.COS_X);
        assertThatThrownBy(() -> CLI.withText(Keys.K, "0", "--K", Policies.NAMES))
                .hasMessage("--K must be an integer from 1 to 1048576, not the number 0");
        assertThatThrownBy(() -> CLI.withText(Keys.BITS, "two", "--bits", Policies.NAMES))
                .hasMessage("--bits must be a number from 0.25 to 16.0, not the string \"two\"");
        assertThatThrownBy(() -> CLI.withText(Keys.BASE_KIND, "treliss", "--base-kind", Policies.NAMES))
                .hasMessageContaining("did you mean \"trellis\"?");
        assertThatThrownBy(() -> CLI.withText(Keys.AUTOTUNE_SCHEDULE_DOWN, "8,4", "--autotune-k-down", Policies.NAMES))
                .hasMessageStartingWith("--autotune-k-down must rise");
    }

    @Test
    void theExampleOfTheSeedDocumentResolves() {
        String json = """
                {"version": 1,
                  "defaults": {"enabled": true, "block": 32, "K": { "gate": 256, "up": 256, "down": 512 }, "strip_dense": true,
                    "gating": {"metric": "cos_x_w", "min_mean": { "gate": 0.45, "up": 0.45, "down": 0.25 },
                      "min_p05":  { "gate": 0.30, "up": 0.30, "down": 0.15 }},
                    "autotune": {"enabled": false, "schedule_gate_up":  [128, 256, 384, 512],
                      "schedule_down": [256, 512, 768, 1024], "max_iters": 4}},
                  "ranges": [{"layers": "15-20", "autotune": { "enabled": true }}],
                  "layers": {"8": { "enabled": false }, "19": { "enabled": true }, "20": { "enabled": true }}}""";
        assertThat(Policies.resolve(json, 8, FFN_GATE, 28).enabled()).isFalse();
        assertThat(Policies.resolve(json, 15, FFN_UP, 28).tuning().enabled()).isTrue();
        assertThat(Policies.resolve(json, 14, FFN_UP, 28).tuning().enabled()).isFalse();
        assertThat(Policies.resolve(json, 20, FFN_DOWN, 28).gating().minP05()).hasValue(0.15);
    }

    @Test
    void stackLimitsComeFromDefaultsAndTheCommandLine() {
        assertThat(Policy.none().stackLimits(CliDefaults.NONE)).isEqualTo(StackLimits.DEFAULT);
        CliDefaults cli = CliDefaults.NONE
                .with(Keys.STACK_MIN_GAP, 3, "--min-gap")
                .with(Keys.STACK_MAX_TENSORS, 9, "--max-tensors");
        Policy policy = Policies.strict(
                "{\"version\":1,\"defaults\":{\"stack\":{\"min_gap\":2,\"max_per_kind\":{\"down\":1},\"max_mib\":1.5,\"harden\":false}}}");
        StackLimits limits = policy.stackLimits(cli);
        assertThat(limits.minGap()).isEqualTo(2);
        assertThat(limits.maxTensors()).hasValue(9);
        assertThat(limits.maxPerKind()).containsOnlyKeys(FFN_DOWN).containsEntry(FFN_DOWN, 1);
        assertThat(limits.maxMib()).hasValue(1.5);
        assertThat(limits.harden()).isFalse();
    }

    @Test
    void rulesThatMatchNoLayerAreNamed() {
        Policy policy = Policies.strict(
                "{\"version\":1,\"ranges\":[{\"layers\":\"3\"}],\"layers\":{\"30-40\":{},\"last:2\":{}}}");
        assertThat(policy.rulesWithoutLayers(24))
                .containsExactly("layers.30-40 names layers 30-40, but the model has layers 0 to 23");
        assertThatThrownBy(() -> policy.resolve(24, FFN_GATE, CLI, 24, Policies.NAMES))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theDumpNamesWhoSetEachValue() {
        ResolvedTensor tensor = Policies.strict("{\"version\":1,\n\"ranges\":[{\"layers\":\"0\",\"K\":64}]}")
                .resolve(0, FFN_GATE, CLI, 1, Policies.NAMES);
        assertThat(ResolvedDump.text(List.of(tensor)).lines())
                .startsWith("blk.0.ffn_gate.weight")
                .contains("  K                          64                       <- ranges[0] at 2:25")
                .contains("  block                      16                       <- --block")
                .contains("  autotune.schedule_down     [256,512,768,1024]       <- built-in");
    }

    @Test
    void theSelfTestPasses() {
        assertThat(PolicySelfTest.run(Policies.NAMES)).hasSizeGreaterThan(10).allSatisfy(check -> assertThat(
                        check.pass())
                .as(check.name() + ": " + check.detail())
                .isTrue());
    }

    @Test
    void hashesAreThePublishedOnes() {
        // Test vectors: FNV reference code for "foobar", FIPS 180 for "abc".
        assertThat(PolicyHash.of("foobar".getBytes(StandardCharsets.UTF_8)).fnv1a64())
                .isEqualTo("fnv1a64:85944171f73967e8");
        assertThat(PolicyHash.of("abc".getBytes(StandardCharsets.UTF_8)).sha256())
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(Policies.strict("{\"version\":1}").hash()).isPresent();
        assertThat(Policy.none().hash()).isEmpty();
    }
}
