package io.github.seeddelta.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A layer expression: `"15-20"`, `"8"`, `"8,12-14"`, `"last:4"`, or a list of those (SPEC §6).
/// Layers count from 0; `last:4` needs the number of layers, so membership is asked with it.
public record LayerSet(String text, List<Part> parts) {
    /// One item of the list.
    public sealed interface Part {
        /// Layers `from` to `to`, both included.
        record Span(int from, int to) implements Part {}

        /// The highest `count` layers of the model.
        record Last(int count) implements Part {}
    }

    /// Every layer of any model.
    public static final LayerSet ALL = new LayerSet("all", List.of(new Part.Span(0, Integer.MAX_VALUE)));

    private static final Pattern PART =
            Pattern.compile("(0|[1-9][0-9]{0,4})(?:-(0|[1-9][0-9]{0,4}))?|last:([1-9][0-9]{0,4})");

    public LayerSet {
        parts = List.copyOf(parts);
    }

    /// @throws IllegalArgumentException with a sentence for the user when `text` is not a layer expression
    public static LayerSet parse(String text) {
        List<Part> parts = new ArrayList<>();
        for (String item : text.split(",", -1)) {
            Matcher matcher = PART.matcher(item);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("\"" + text + "\" is not a layer expression;"
                        + " write \"8\", \"15-20\", \"8,12-14\" or \"last:4\"");
            }
            parts.add(part(matcher, text));
        }
        return new LayerSet(text, parts);
    }

    private static Part part(Matcher matcher, String text) {
        if (matcher.group(3) != null) {
            return new Part.Last(Integer.parseInt(matcher.group(3)));
        }
        int from = Integer.parseInt(matcher.group(1));
        int to = matcher.group(2) == null ? from : Integer.parseInt(matcher.group(2));
        if (from > to) {
            throw new BackwardsException(
                    "layer range " + from + "-" + to + " in \"" + text + "\" runs backwards; write " + to + "-" + from);
        }
        return new Part.Span(from, to);
    }

    /// Whether `layer` of a model with `layerCount` layers is meant.
    public boolean contains(int layer, int layerCount) {
        for (Part part : parts) {
            boolean in =
                    switch (part) {
                        case Part.Span(int from, int to) -> from <= layer && layer <= to;
                        case Part.Last(int count) -> layer >= layerCount - count;
                    };
            if (in && layer < layerCount) {
                return true;
            }
        }
        return false;
    }

    /// Whether no layer of a model with `layerCount` layers is meant.
    public boolean misses(int layerCount) {
        for (int layer = 0; layer < layerCount; layer++) {
            if (contains(layer, layerCount)) {
                return false;
            }
        }
        return true;
    }

    /// A well-formed expression that means no layer: a JSON Schema cannot see this.
    static final class BackwardsException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        BackwardsException(String message) {
            super(message);
        }
    }
}
