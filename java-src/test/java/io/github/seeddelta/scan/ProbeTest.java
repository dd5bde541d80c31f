package io.github.seeddelta.scan;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.TensorKind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProbeTest {
    private static final List<Setting> SETTINGS = List.of(new Setting("K=64"), new Setting("K=128"));

    private static List<TensorId> tensors(int layers) {
        List<TensorId> tensors = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            for (TensorKind kind : TensorKind.values()) {
                tensors.add(new TensorId(layer, kind));
            }
        }
        return tensors;
    }

    @Test
    void theWholeGridComesOnce() {
        List<Probe> probes = Probe.spread(tensors(7), SETTINGS, Integer.MAX_VALUE);
        assertThat(probes).hasSize(42).doesNotHaveDuplicates();
        assertThat(probes.stream().map(Probe::name).collect(Collectors.toSet())).hasSize(42);
    }

    @Test
    void aShortScanSeesEveryKindAndAllOfTheDepth() {
        List<Probe> probes = Probe.spread(tensors(30), SETTINGS, 12);
        assertThat(probes).hasSize(12);
        assertThat(probes.stream().map(p -> p.tensor().kind()).distinct()).hasSize(3);
        assertThat(probes.stream().map(p -> p.tensor().layer() / 10).distinct()).hasSize(3);
        assertThat(probes.stream().filter(p -> p.setting().equals(SETTINGS.getFirst())))
                .hasSize(6);
    }
}
