package io.github.seeddelta.toy.b;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.policy.TensorKind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// One model of the study: which weights are replaced, and whether the gate is asked.
///
/// @param series B1 to B5
/// @param forced replaced whatever gate and stack say
/// @param choice measured on the choice items and text, as everything is that later runs are chosen by
record Stage(String series, String name, List<Integer> layers, List<TensorKind> kinds, boolean forced, boolean choice) {
    Stage {
        layers = List.copyOf(layers);
        kinds = List.copyOf(kinds);
    }

    static Stage baseline(boolean choice) {
        return new Stage("B1", choice ? "baseline-choice" : "baseline", List.of(), List.of(), false, choice);
    }

    /// Every weight alone, then every layer alone.
    static List<Stage> alone(int layerCount, List<TensorKind> kinds) {
        List<Stage> stages = new ArrayList<>();
        for (int layer = 0; layer < layerCount; layer++) {
            for (TensorKind kind : kinds) {
                stages.add(new Stage(
                        "B2", "layer-" + layer + "-" + kind.shortName(), List.of(layer), List.of(kind), true, true));
            }
            stages.add(new Stage("B2", "layer-" + layer, List.of(layer), kinds, true, true));
        }
        return stages;
    }

    /// 2 to 4 layers as far apart as they go.
    static List<Stage> separate(int layerCount, List<TensorKind> kinds) {
        List<Stage> stages = new ArrayList<>();
        for (int count = 2; count <= Math.min(4, layerCount); count++) {
            int n = count;
            List<Integer> layers = IntStream.range(0, n)
                    .map(i -> i * (layerCount - 1) / (n - 1))
                    .boxed()
                    .toList();
            stages.add(new Stage("B3", "separate-" + n, layers, kinds, true, false));
        }
        return stages;
    }

    /// Every other layer first, then those between, one more at a time until all are replaced.
    static List<Stage> interleaved(int layerCount, List<TensorKind> kinds) {
        List<Integer> order = new ArrayList<>();
        for (int start = 1; start >= 0; start--) {
            for (int layer = start; layer < layerCount; layer += 2) {
                order.add(layer);
            }
        }
        return IntStream.rangeClosed(1, layerCount)
                .mapToObj(n -> new Stage("B4", "interleaved-" + n, order.subList(0, n), kinds, true, false))
                .toList();
    }

    /// The same set as the last of B4, judged.
    static Stage gated(int layerCount, List<TensorKind> kinds) {
        return new Stage("B5", "gated", IntStream.range(0, layerCount).boxed().toList(), kinds, false, false);
    }

    String layersText() {
        return layers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    boolean isOneWeight() {
        return layers.size() == 1 && kinds.size() == 1;
    }

    void write(ObjectNode out) {
        out.put("series", series);
        out.put("name", name);
        layers.forEach(out.putArray("layers")::add);
        kinds.forEach(kind -> out.withArrayProperty("kinds").add(kind.jsonName()));
        out.put("forced", forced);
        out.put("items", choice ? "choice" : "verdict");
    }
}
