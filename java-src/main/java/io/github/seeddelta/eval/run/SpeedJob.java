package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.ContextParams;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaContext;
import io.github.seeddelta.nat.LlamaModel;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Times two models in turn in one process, so that a slow moment of the machine hits both.
///
/// Request: `base`, `model` (paths), `rounds`, `prompt` and `tokens` (how many to decode), `threads`, and those of
///          [JobRuntime].
/// Events:  for each round `round` and, for `base` and `model`, `pp` and `tg`: tokens per second of the prompt and of
///          the tokens after it. One round before the first is run and not counted.
public final class SpeedJob implements IsolatedJob {
    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        JobRuntime.apply(request);
        int prompt = request.path("prompt").asInt();
        int tokens = request.path("tokens").asInt();
        ContextParams params =
                ContextParams.single(prompt + tokens, request.path("threads").asInt());
        try (LlamaModel base = LlamaModel.load(Path.of(request.path("base").asText()));
                LlamaModel model = LlamaModel.load(Path.of(request.path("model").asText()));
                LlamaContext ofBase = LlamaContext.open(base, params);
                LlamaContext ofModel = LlamaContext.open(model, params)) {
            Filler baseFiller = new Filler(ofBase);
            Filler modelFiller = new Filler(ofModel);
            time(baseFiller, prompt, tokens);
            time(modelFiller, prompt, tokens);
            for (int round = 1; round <= request.path("rounds").asInt(); round++) {
                JsonNode baseTimes = time(baseFiller, prompt, tokens);
                JsonNode modelTimes = time(modelFiller, prompt, tokens);
                ObjectNode event = JsonNodeFactory.instance.objectNode().put("round", round);
                event.set("base", baseTimes);
                event.set("model", modelTimes);
                events.accept(event);
            }
        }
        return JsonNodeFactory.instance.objectNode();
    }

    private static JsonNode time(Filler filler, int prompt, int tokens) {
        long start = System.nanoTime();
        filler.prompt(prompt);
        long promptEnd = System.nanoTime();
        filler.tokens(tokens);
        long end = System.nanoTime();
        return JsonNodeFactory.instance
                .objectNode()
                .put("pp", prompt * 1e9 / (promptEnd - start))
                .put("tg", tokens * 1e9 / (end - promptEnd));
    }
}
