package io.github.seeddelta.eval.greedy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.seeddelta.eval.EvalException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads a greedy pack.
///
/// Format: `{"version":1, "name":…, "max_tokens":…, "prompts":[{"id","name","text","lang","checks":[{"check":…}]}]}`.
/// `lang`: `es` or `en` = the answer must be in it; `same` (the default) = in the base's; `none` = not looked at.
final class PackParser {
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,39}");
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final String source;

    private PackParser(String source) {
        this.source = source;
    }

    static GreedyPack parse(String text, String source) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new EvalException(
                    EvalException.Kind.BAD_INPUT,
                    source + ":" + e.getLocation().getLineNr() + ":"
                            + e.getLocation().getColumnNr() + ": not valid JSON: " + e.getOriginalMessage(),
                    e);
        }
        return new PackParser(source).pack(root);
    }

    private GreedyPack pack(JsonNode root) {
        if (root.path("version").asInt() != 1) {
            throw bad("", "\"version\" must be 1");
        }
        List<GreedyPrompt> prompts = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (JsonNode node : root.path("prompts")) {
            GreedyPrompt prompt = prompt(node);
            if (!ids.add(prompt.id())) {
                throw bad(prompt.id(), "the id occurs twice");
            }
            prompts.add(prompt);
        }
        if (prompts.isEmpty()) {
            throw bad("", "\"prompts\" is empty");
        }
        return new GreedyPack(string(root, "name", "pack"), positive(root, "max_tokens", "pack"), prompts);
    }

    private GreedyPrompt prompt(JsonNode node) {
        String id = string(node, "id", "a prompt");
        String name = string(node, "name", id);
        if (!SAFE.matcher(id).matches() || !SAFE.matcher(name).matches()) {
            throw bad(id, "\"id\" and \"name\" become file names: letters, digits, _ and - only");
        }
        List<Check> checks = new ArrayList<>(List.of(new Check.Answers(), new Check.NoLoop()));
        switch (node.path("lang").asText("same")) {
            case "none" -> {}
            case "same" -> checks.add(new Check.SameLanguage(Optional.empty()));
            case "es" -> checks.add(new Check.SameLanguage(Optional.of(Language.ES)));
            case "en" -> checks.add(new Check.SameLanguage(Optional.of(Language.EN)));
            default -> throw bad(id, "\"lang\" must be es, en, same or none");
        }
        for (JsonNode check : node.path("checks")) {
            checks.add(check(check, id));
        }
        return new GreedyPrompt(id, name, string(node, "text", id), checks);
    }

    private Check check(JsonNode node, String id) {
        String kind = string(node, "check", id);
        return switch (kind) {
            case "exact" -> new Check.Exact(string(node, "value", id));
            case "json" -> new Check.JsonObject(strings(node.path("keys")), values(node.path("values")));
            case "bullets" -> new Check.Bullets(positive(node, "count", id), positive(node, "max_words", id));
            case "sentences" -> new Check.Sentences(positive(node, "count", id));
            case "no_repeated_word" -> new Check.NoRepeatedWord();
            case "distinct_words" -> new Check.DistinctWords(positive(node, "count", id));
            case "max_words" -> new Check.MaxWords(positive(node, "max", id));
            case "max_lines" -> new Check.MaxLines(positive(node, "max", id));
            default ->
                throw bad(
                        id,
                        "unknown check \"" + kind + "\"; known: exact, json, bullets, sentences, no_repeated_word,"
                                + " distinct_words, max_words, max_lines");
        };
    }

    private static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>();
        array.forEach(n -> strings.add(n.asText()));
        return strings;
    }

    private static Map<String, JsonNode> values(JsonNode object) {
        Map<String, JsonNode> values = new HashMap<>();
        object.properties().forEach(e -> values.put(e.getKey(), e.getValue()));
        return values;
    }

    private String string(JsonNode node, String field, String where) {
        JsonNode value = node.path(field);
        if (!value.isTextual() || value.asText().isEmpty()) {
            throw bad(where, "\"" + field + "\" must be a text");
        }
        return value.asText();
    }

    private int positive(JsonNode node, String field, String where) {
        JsonNode value = node.path(field);
        if (!value.isInt() || value.asInt() < 1) {
            throw bad(where, "\"" + field + "\" must be a positive whole number");
        }
        return value.asInt();
    }

    private EvalException bad(String where, String what) {
        return EvalException.badInput(source + ": " + (where.isEmpty() ? "" : where + ": ") + what);
    }
}
