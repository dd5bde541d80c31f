package io.github.seeddelta.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/// Valid random policies from the catalogue of keys, and small random damage to them.
public final class RandomPolicy {
    private static final JsonNodeFactory JSON = JsonNodeFactory.withExactBigDecimals(true);
    private final Random random;

    public RandomPolicy(Random random) {
        this.random = random;
    }

    public ObjectNode valid() {
        ObjectNode policy = JSON.objectNode();
        policy.put("version", 1);
        if (random.nextBoolean()) {
            policy.set("defaults", rule(true));
        }
        if (random.nextBoolean()) {
            ArrayNode ranges = policy.putArray("ranges");
            for (int i = random.nextInt(3); i >= 0; i--) {
                ranges.add(rule(false).put("layers", layers()));
            }
        }
        ObjectNode layers = policy.putObject("layers");
        for (int i = random.nextInt(3); i > 0; i--) {
            ObjectNode layer = rule(false);
            ObjectNode tensors = layer.putObject("tensors");
            for (TensorKind kind : TensorKind.values()) {
                if (random.nextInt(3) == 0) {
                    tensors.set(kind.jsonName(), rule(false));
                }
            }
            layers.set(layers(), layer);
        }
        return policy;
    }

    private String layers() {
        int from = random.nextInt(12);
        return switch (random.nextInt(4)) {
            case 0 -> String.valueOf(from);
            case 1 -> from + "-" + (from + random.nextInt(6));
            case 2 -> "last:" + (1 + random.nextInt(4));
            default -> from + "," + (from + 2) + "-" + (from + 4);
        };
    }

    private ObjectNode rule(boolean defaults) {
        ObjectNode rule = JSON.objectNode();
        for (Key<?> key : Keys.ALL) {
            if ((defaults || !key.wholeBuild()) && random.nextInt(5) == 0) {
                ObjectNode parent = key.group().isPresent()
                        ? rule.withObjectProperty(key.group().get())
                        : rule;
                parent.set(key.name(), key.perKind() && random.nextBoolean() ? perKind(key) : value(key.shape()));
            }
        }
        return rule;
    }

    private ObjectNode perKind(Key<?> key) {
        ObjectNode byKind = JSON.objectNode();
        for (TensorKind kind : TensorKind.values()) {
            if (random.nextBoolean()) {
                byKind.set(kind.shortName(), value(key.shape()));
            }
        }
        return byKind;
    }

    private JsonNode value(Shape<?> shape) {
        return switch (shape) {
            case Shape.Flag ignored -> JSON.booleanNode(random.nextBoolean());
            case Shape.Whole(int min, int max) -> JSON.numberNode(whole(min, max));
            case Shape.Unsigned64 ignored -> JSON.numberNode(new BigInteger(64, random));
            case Shape.Real(double min, double max) -> JSON.numberNode(real(min, max));
            case Shape.Name(Shape.Vocabulary vocabulary) ->
                JSON.textNode(any(List.copyOf(vocabulary.in(Policies.NAMES))));
            case Shape.Choice<?> choice -> JSON.textNode(any(choice.constants()).jsonName());
            case Shape.Schedule<?> schedule -> rising(schedule.item());
        };
    }

    private int whole(int min, int max) {
        return switch (random.nextInt(6)) {
            case 0 -> min;
            case 1 -> max;
            default -> min + random.nextInt(Math.min(max - min, 2000) + 1);
        };
    }

    private BigDecimal real(double min, double max) {
        return BigDecimal.valueOf(random.nextInt(6) == 0 ? min : min + random.nextDouble() * Math.min(max - min, 20));
    }

    private ArrayNode rising(Shape<?> item) {
        TreeSet<BigDecimal> values = new TreeSet<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            values.add(new BigDecimal(value(item).asText()));
        }
        ArrayNode list = JSON.arrayNode();
        values.forEach(list::add);
        return list;
    }

    private <T> T any(List<T> items) {
        return items.get(random.nextInt(items.size()));
    }

    /// Damages `policy` in place: removes, renames, replaces or adds one member somewhere.
    public void damage(ObjectNode policy) {
        List<JsonNode> containers = new ArrayList<>();
        collect(policy, containers);
        JsonNode victim = any(containers);
        if (victim instanceof ObjectNode object) {
            damageObject(object);
        } else if (victim instanceof ArrayNode array) {
            damageArray(array);
        }
    }

    private void damageObject(ObjectNode object) {
        List<String> keys = new ArrayList<>();
        object.fieldNames().forEachRemaining(keys::add);
        if (keys.isEmpty() || random.nextInt(5) == 0) {
            object.set(
                    any(List.of("enabled", "blok", "stack", "gating", "K", "tensors", "layers", "up", "ffn_up", "8-")),
                    junk());
            return;
        }
        String key = any(keys);
        switch (random.nextInt(3)) {
            case 0 -> object.remove(key);
            case 1 -> object.set(key + "x", object.remove(key));
            default -> object.set(key, junk());
        }
    }

    private void damageArray(ArrayNode array) {
        if (array.isEmpty() || random.nextBoolean()) {
            array.add(junk());
        } else {
            array.set(random.nextInt(array.size()), junk());
        }
    }

    private JsonNode junk() {
        return switch (random.nextInt(12)) {
            case 0 -> JSON.nullNode();
            case 1 -> JSON.booleanNode(random.nextBoolean());
            case 2 ->
                JSON.textNode(
                        any(List.of("", "x", "8", "9-8", "last:1", "last:0", "cos_x", "safe", "coo", "Coo", "i8")));
            case 3 -> JSON.objectNode();
            case 4 -> JSON.arrayNode();
            case 5 -> JSON.arrayNode().add(2).add(4);
            case 6 -> JSON.numberNode(new BigDecimal("1.0"));
            case 7 -> JSON.numberNode(new BigDecimal("0.5"));
            case 8 -> JSON.numberNode(-1);
            case 9 -> JSON.numberNode(new BigInteger("18446744073709551616"));
            case 10 -> JSON.objectNode().put("gate", 1);
            default -> JSON.numberNode(random.nextInt(3));
        };
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }
}
