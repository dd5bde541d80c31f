package io.github.seeddelta.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Writes settings in the shape a policy has.
public final class PolicyJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private PolicyJson() {}

    /// The values of one tensor, nested as in a policy rule; values per kind are plain.
    public static ObjectNode settings(ResolvedTensor tensor) {
        ObjectNode out = JSON.objectNode();
        tensor.values().forEach((key, value) -> put(out, key, Optional.empty(), value.value()));
        return out;
    }

    /// Path of each value of one tensor → who set it.
    public static ObjectNode origins(ResolvedTensor tensor) {
        ObjectNode out = JSON.objectNode();
        tensor.values()
                .forEach((key, value) -> out.put(key.path(), value.origin().describe()));
        return out;
    }

    /// The inverse of [#settings] and [#origins], as a report carries them. Base kinds and schemes are taken as they
    /// stand, so a report can be read without the library that wrote it.
    ///
    /// @throws PolicyException when `settings` are not settings of a policy
    public static ResolvedTensor read(int layer, TensorKind kind, ObjectNode settings, ObjectNode origins) {
        String baseKind = settings.path("base").path("kind").asText("");
        String scheme = settings.path("scheme").asText("");
        KnownNames names =
                new KnownNames(new TreeSet<>(Set.of(baseKind)), new TreeSet<>(Set.of(scheme)), baseKind, scheme);
        ObjectNode policy = JSON.objectNode();
        policy.put("version", 1);
        policy.withObjectProperty("layers")
                .withObjectProperty(String.valueOf(layer))
                .withObjectProperty("tensors")
                .set(kind.jsonName(), settings);
        String source = "resolved values of " + kind.weightName(layer);
        byte[] bytes = policy.toString().getBytes(StandardCharsets.UTF_8);
        ResolvedTensor tensor = Policy.parse(source, bytes, Policy.Mode.STRICT, names)
                .resolve(layer, kind, CliDefaults.NONE, layer + 1, names);
        Map<Key<?>, Sourced<?>> values = new LinkedHashMap<>();
        tensor.values().forEach((key, value) -> {
            String by = origins.path(key.path()).asText(value.origin().describe());
            values.put(key, new Sourced<>(value.value(), new Origin.Recorded(by)));
        });
        return new ResolvedTensor(layer, kind, values);
    }

    static ObjectNode settings(Map<Leaf, Object> leaves) {
        ObjectNode out = JSON.objectNode();
        for (Key<?> key : Keys.ALL) {
            leaves.forEach((leaf, value) -> {
                if (leaf.key().equals(key)) {
                    put(out, key, leaf.kind(), value);
                }
            });
        }
        return out;
    }

    private static void put(ObjectNode rule, Key<?> key, Optional<TensorKind> kind, Object value) {
        ObjectNode parent =
                key.group().isPresent() ? rule.withObjectProperty(key.group().get()) : rule;
        if (kind.isPresent()) {
            parent.withObjectProperty(key.name()).set(kind.get().shortName(), json(value));
        } else {
            parent.set(key.name(), json(value));
        }
    }

    private static JsonNode json(Object value) {
        return switch (value) {
            case Boolean b -> JSON.booleanNode(b);
            case Integer i -> JSON.numberNode(i);
            case BigInteger i -> JSON.numberNode(i);
            case Double d -> JSON.numberNode(d);
            case String s -> JSON.textNode(s);
            case JsonNamed named -> JSON.textNode(named.jsonName());
            case List<?> items -> list(items);
            default -> throw new IllegalStateException("no JSON form for " + value.getClass());
        };
    }

    private static ArrayNode list(List<?> items) {
        ArrayNode out = JSON.arrayNode();
        for (Object item : items) {
            out.add(json(item));
        }
        return out;
    }
}
