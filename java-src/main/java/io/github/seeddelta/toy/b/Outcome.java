package io.github.seeddelta.toy.b;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.toy.ToyB;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What one stage measured.
///
/// @param scores exact answers by task
/// @param ppl of the stage's model; `lnPplRatio` and `se` are paired against the dense model on the same tokens
/// @param kld mean divergence from the dense model, nats
/// @param replaced weights that carry a payload
/// @param metrics of the one weight of a B2 stage, by report name; empty otherwise
record Outcome(
        Map<String, ToyB.Score> scores,
        double ppl,
        double lnPplRatio,
        double se,
        String verdict,
        double kld,
        double kldSe,
        double sameTop1,
        int replaced,
        long bytes,
        SortedMap<String, Double> metrics) {

    /// Mean over the tasks, so that each counts the same.
    double accuracy() {
        return scores.values().stream().mapToDouble(ToyB.Score::share).average().orElse(0);
    }

    ObjectNode json() {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("accuracy", accuracy());
        ObjectNode tasks = out.putObject("tasks");
        scores.forEach((task, score) ->
                tasks.putObject(task).put("right", score.right()).put("asked", score.asked()));
        out.put("ppl", ppl);
        out.put("ln_ppl_ratio", lnPplRatio);
        out.put("se", se);
        out.put("verdict", verdict);
        out.put("kld", kld);
        out.put("kld_se", kldSe);
        out.put("same_top1", sameTop1);
        out.put("replaced", replaced);
        out.put("bytes", bytes);
        ObjectNode numbers = out.putObject("metrics");
        metrics.forEach(numbers::put);
        return out;
    }

    static Outcome read(JsonNode node) {
        Map<String, ToyB.Score> scores = new LinkedHashMap<>();
        node.path("tasks")
                .properties()
                .forEach(task -> scores.put(
                        task.getKey(),
                        new ToyB.Score(
                                task.getValue().path("right").asInt(),
                                task.getValue().path("asked").asInt())));
        SortedMap<String, Double> metrics = new TreeMap<>();
        node.path("metrics")
                .properties()
                .forEach(m -> metrics.put(m.getKey(), m.getValue().asDouble()));
        return new Outcome(
                scores,
                node.path("ppl").asDouble(),
                node.path("ln_ppl_ratio").asDouble(),
                node.path("se").asDouble(),
                node.path("verdict").asText(),
                node.path("kld").asDouble(),
                node.path("kld_se").asDouble(),
                node.path("same_top1").asDouble(),
                node.path("replaced").asInt(),
                node.path("bytes").asLong(),
                metrics);
    }
}
