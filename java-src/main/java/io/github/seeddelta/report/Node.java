package io.github.seeddelta.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.report.ReportJson.ReportFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/// A JSON value that knows its path, so that whatever is wrong with it can be named.
record Node(String path, JsonNode json) {
    Node get(String name) {
        JsonNode member = json.get(name);
        if (member == null) {
            throw new ReportFormatException("not a report of this version: " + path + "." + name + " is missing");
        }
        return new Node(path + "." + name, member);
    }

    /// Empty when the member is missing or null.
    Optional<Node> optional(String name) {
        JsonNode member = json.get(name);
        return member == null || member.isNull() ? Optional.empty() : Optional.of(new Node(path + "." + name, member));
    }

    void forEachMember(BiConsumer<String, Node> action) {
        object().properties()
                .forEach(entry ->
                        action.accept(entry.getKey(), new Node(path + "." + entry.getKey(), entry.getValue())));
    }

    List<Node> items() {
        require(json.isArray(), "a list");
        List<Node> items = new ArrayList<>();
        json.forEach(item -> items.add(new Node(path + "[" + items.size() + "]", item)));
        return items;
    }

    ObjectNode object() {
        require(json.isObject(), "an object");
        return (ObjectNode) json;
    }

    String asText() {
        require(json.isTextual(), "a string");
        return json.textValue();
    }

    boolean asBoolean() {
        require(json.isBoolean(), "true or false");
        return json.booleanValue();
    }

    int asInt() {
        require(json.isIntegralNumber() && json.canConvertToInt(), "an integer");
        return json.intValue();
    }

    long asLong() {
        require(json.isIntegralNumber() && json.canConvertToLong(), "an integer");
        return json.longValue();
    }

    long asUnsignedLong() {
        require(
                json.isIntegralNumber()
                        && json.bigIntegerValue().signum() >= 0
                        && json.bigIntegerValue().bitLength() <= 64,
                "an unsigned 64-bit integer");
        return json.bigIntegerValue().longValue();
    }

    double asDouble() {
        require(json.isNumber(), "a number");
        return json.doubleValue();
    }

    /// NaN for null, which stands for every number that is not finite.
    double asDoubleOrNan() {
        return json.isNull() ? Double.NaN : asDouble();
    }

    int layer(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new ReportFormatException(path + ": \"" + text + "\" is not a layer number");
        }
    }

    <T> T known(Optional<T> constant, String name) {
        return constant.orElseThrow(() -> new ReportFormatException(path + ": unknown name \"" + name + "\""));
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw new ReportFormatException(path + " must be " + what);
        }
    }
}
