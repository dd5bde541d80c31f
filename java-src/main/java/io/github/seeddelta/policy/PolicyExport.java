package io.github.seeddelta.policy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Writes the policy that reproduces what was decided (SPEC §6 `--policy-export`, §11 `from-report`): everything off,
/// except the tensors that were replaced, with the values they were replaced with and autotune off.
///
/// Admitted tensors are admitted again: leaving out the refused ones neither lowers the place of an admitted one nor
/// brings a neighbour nearer (SPEC §8), so the same build follows from the exported policy.
public final class PolicyExport {
    private static final Origin ORIGIN = new Origin.BuiltIn();

    private PolicyExport() {}

    /// @param replaced the tensors that carry a payload in the output, with their final values
    /// @return a policy as JSON text that parses strictly, ends in a newline and depends only on the arguments
    public static String json(List<ResolvedTensor> replaced, StackLimits limits, String description) {
        List<ResolvedTensor> tensors = new ArrayList<>();
        for (ResolvedTensor tensor : replaced) {
            tensors.add(tensor.with(Keys.ENABLED, true, ORIGIN).with(Keys.AUTOTUNE_ENABLED, false, ORIGIN));
        }
        tensors.sort(Comparator.comparingInt(ResolvedTensor::layer).thenComparing(ResolvedTensor::kind));

        Map<Leaf, Object> shared = shared(tensors);
        Map<Leaf, Object> defaults = new LinkedHashMap<>(shared);
        defaults.put(Leaf.of(Keys.ENABLED, TensorKind.FFN_GATE), false);
        defaults.putAll(limits.leaves());

        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("description", description);
        root.put("version", 1);
        root.set("defaults", PolicyJson.settings(defaults));
        ObjectNode layers = root.putObject("layers");
        for (ResolvedTensor tensor : tensors) {
            layers.withObjectProperty(String.valueOf(tensor.layer()))
                    .withObjectProperty("tensors")
                    .set(tensor.kind().jsonName(), PolicyJson.settings(own(tensor, shared)));
        }
        return root.toPrettyString().replace("\r\n", "\n") + "\n";
    }

    /// Leaves that have the same value in every tensor they apply to. A leaf that some tensor lacks is not shared.
    private static Map<Leaf, Object> shared(List<ResolvedTensor> tensors) {
        Set<Leaf> leaves = new LinkedHashSet<>();
        for (ResolvedTensor tensor : tensors) {
            tensor.values().keySet().forEach(key -> leaves.add(Leaf.of(key, tensor.kind())));
        }
        Map<Leaf, Object> shared = new LinkedHashMap<>();
        for (Leaf leaf : leaves) {
            Predicate<ResolvedTensor> concerned = tensor -> leaf.appliesTo(tensor.kind());
            List<Object> values = new ArrayList<>();
            for (ResolvedTensor tensor : tensors.stream().filter(concerned).toList()) {
                tensor.get(leaf.key()).ifPresent(v -> values.add(v.value()));
            }
            boolean everywhere =
                    values.size() == tensors.stream().filter(concerned).count();
            if (everywhere
                    && values.stream().distinct().count() == 1
                    && !leaf.key().equals(Keys.ENABLED)) {
                shared.put(leaf, values.getFirst());
            }
        }
        return shared;
    }

    private static Map<Leaf, Object> own(ResolvedTensor tensor, Map<Leaf, Object> shared) {
        Map<Leaf, Object> own = new LinkedHashMap<>();
        tensor.values().forEach((key, value) -> {
            if (!shared.containsKey(Leaf.of(key, tensor.kind()))) {
                own.put(Leaf.of(key, tensor.kind()), value.value());
            }
        });
        return own;
    }
}
