package io.github.seeddelta.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PolicyExportTest {
    private static final int LAYERS = 8;

    @Property(tries = 500)
    void theExportResolvesToTheSameValuesAndSwitchesTheRestOff(@ForAll long seed) {
        Random random = new Random(seed);
        Policy policy = Policies.strict(new RandomPolicy(random).valid().toString());
        List<ResolvedTensor> replaced = new ArrayList<>();
        List<ResolvedTensor> others = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            for (TensorKind kind : TensorKind.values()) {
                ResolvedTensor tensor = policy.resolve(layer, kind, CliDefaults.NONE, LAYERS, Policies.NAMES);
                (random.nextInt(3) == 0 ? replaced : others).add(tensor);
            }
        }
        StackLimits limits = policy.stackLimits(CliDefaults.NONE);
        String json = PolicyExport.json(replaced, limits, "test");
        Policy exported = Policies.strict(json);
        assertThat(PolicySchemaTest.accepts(json)).as(json).isTrue();
        assertThat(exported.stackLimits(CliDefaults.NONE)).isEqualTo(limits);
        for (ResolvedTensor tensor : replaced) {
            ResolvedTensor again =
                    exported.resolve(tensor.layer(), tensor.kind(), CliDefaults.NONE, LAYERS, Policies.NAMES);
            Map<Key<?>, Object> expected = values(tensor);
            expected.put(Keys.ENABLED, true);
            expected.put(Keys.AUTOTUNE_ENABLED, false);
            assertThat(values(again)).as(json).isEqualTo(expected);
        }
        for (ResolvedTensor tensor : others) {
            assertThat(exported.resolve(tensor.layer(), tensor.kind(), CliDefaults.NONE, LAYERS, Policies.NAMES)
                            .enabled())
                    .isFalse();
        }
    }

    private static Map<Key<?>, Object> values(ResolvedTensor tensor) {
        Map<Key<?>, Object> values = new LinkedHashMap<>();
        tensor.values().forEach((key, value) -> values.put(key, value.value()));
        return values;
    }

    @Test
    void theOrderOfTheTensorsDoesNotMatter() {
        List<ResolvedTensor> tensors = new ArrayList<>();
        for (int layer : new int[] {11, 2, 7}) {
            tensors.add(Policy.none().resolve(layer, TensorKind.FFN_GATE, CliDefaults.NONE, 12, Policies.NAMES));
        }
        String json = PolicyExport.json(tensors, StackLimits.DEFAULT, "test");
        assertThat(PolicyExport.json(tensors.reversed(), StackLimits.DEFAULT, "test"))
                .isEqualTo(json);
        assertThat(json).endsWith("}\n").doesNotContain("\r");
    }

    @Test
    void nothingReplacedExportsAPolicyThatDoesNothing() {
        Policy policy = Policies.strict(PolicyExport.json(List.of(), StackLimits.DEFAULT, "test"));
        assertThat(policy.resolve(0, TensorKind.FFN_GATE, CliDefaults.NONE, 1, Policies.NAMES)
                        .enabled())
                .isFalse();
    }
}
