package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.Isolated;
import io.github.seeddelta.nat.RuntimeOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Text from a model, in a process of its own.
///
/// @param temperature 0 takes the most likely token each time
public record Generation(
        Path model, int maxTokens, double temperature, long seed, Chat chat, int threads, RuntimeOptions runtime) {
    /// What to do with the model's chat template.
    public enum Chat {
        /// The prompt is the text to go on from.
        PLAIN,
        /// The prompt is what a user says; a model without a template is an error.
        TEMPLATE,
        /// The prompt is what a user says, or, without a template, the text to go on from.
        TEMPLATE_IF_ANY
    }

    public Generation(Path model, int maxTokens, double temperature, long seed, boolean chat, int threads) {
        this(model, maxTokens, temperature, seed, chat ? Chat.TEMPLATE : Chat.PLAIN, threads, RuntimeOptions.DEFAULT);
    }

    /// How one answer ended.
    ///
    /// @param tokens  generated, the end token not counted
    /// @param seconds for those tokens, the prompt not counted
    public record Ending(int tokens, double seconds) {
        public double tokensPerSecond() {
            return seconds > 0 ? tokens / seconds : 0;
        }
    }

    /// @param text gets each piece of the continuation as it comes
    public Ending stream(String prompt, Consumer<String> text) {
        Ending[] ending = {new Ending(0, 0)};
        run(List.of(prompt), event -> {
            if (event.has("text")) {
                text.accept(event.path("text").asText());
            } else {
                ending[0] = new Ending(
                        event.path("tokens").asInt(), event.path("seconds").asDouble());
            }
        });
        return ending[0];
    }

    /// The continuation of every prompt, in order.
    ///
    /// @param done hears how many are finished
    public List<String> answers(List<String> prompts, Consumer<Integer> done) {
        List<StringBuilder> answers = new ArrayList<>();
        prompts.forEach(prompt -> answers.add(new StringBuilder()));
        run(prompts, event -> {
            int number = event.path("prompt").asInt();
            if (event.has("text")) {
                answers.get(number).append(event.path("text").asText());
            } else {
                done.accept(number + 1);
            }
        });
        return answers.stream().map(StringBuilder::toString).toList();
    }

    private void run(List<String> prompts, Consumer<JsonNode> events) {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        request.put("model", model.toString());
        ArrayNode list = request.putArray("prompts");
        prompts.forEach(list::add);
        request.put("max_tokens", maxTokens);
        request.put("temperature", temperature);
        request.put("seed", seed);
        request.put("chat", chat.name());
        request.put("threads", threads);
        JobRuntime.put(request, runtime);
        Isolated.run(GenerateJob.class, request, model.toString(), events, line -> {});
    }
}
