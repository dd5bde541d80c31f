package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.ChatMessage;
import io.github.seeddelta.nat.ContextParams;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaContext;
import io.github.seeddelta.nat.LlamaModel;
import io.github.seeddelta.nat.NativeException;
import io.github.seeddelta.nat.NativeStatus;
import io.github.seeddelta.nat.Sampler;
import io.github.seeddelta.nat.TextGenerator;
import io.github.seeddelta.nat.Utf8Pieces;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Continues prompts with one model, each from an empty context, in a process of its own.
///
/// Request: `model`, `prompts`, `max_tokens`, `temperature`, `seed`, `chat` (a
///          [Generation.Chat]), `threads`, and those of [JobRuntime].
/// Events:  `prompt` (its number) with `text` for each piece, and with `tokens`, `seconds`, `stop` at its end.
public final class GenerateJob implements IsolatedJob {
    private static final int MAX_CONTEXT = 4096;

    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        int maxTokens = request.path("max_tokens").asInt();
        Generation.Chat chat = Generation.Chat.valueOf(request.path("chat").asText());
        JobRuntime.apply(request);
        try (LlamaModel model = LlamaModel.load(Path.of(request.path("model").asText()))) {
            int ctx = Math.min(MAX_CONTEXT, model.trainedContext());
            try (LlamaContext context = LlamaContext.open(
                    model, ContextParams.single(ctx, request.path("threads").asInt()))) {
                int number = 0;
                for (JsonNode prompt : request.path("prompts")) {
                    Sampler sampler = Sampler.temperature(
                            request.path("temperature").asDouble(),
                            request.path("seed").asLong());
                    int[] tokens = tokens(model, prompt.asText(), chat);
                    generate(context, tokens, maxTokens, sampler, number++, events);
                }
            }
        }
        return object();
    }

    private static int[] tokens(LlamaModel model, String prompt, Generation.Chat chat) {
        Optional<String> text =
                chat == Generation.Chat.PLAIN ? Optional.empty() : model.chat(List.of(new ChatMessage("user", prompt)));
        if (text.isEmpty() && chat == Generation.Chat.TEMPLATE) {
            throw NativeException.of(
                    NativeStatus.INPUT,
                    model.path() + ": has no chat template that llama.cpp knows; use it without --chat");
        }
        byte[] utf8 = text.orElse(prompt).getBytes(StandardCharsets.UTF_8);
        return model.tokenizer().tokenize(utf8, true, text.isPresent());
    }

    private static void generate(
            LlamaContext context, int[] tokens, int maxTokens, Sampler sampler, int number, Consumer<JsonNode> events) {
        Utf8Pieces pieces = new Utf8Pieces();
        TextGenerator.Result result = TextGenerator.generate(context, tokens, maxTokens, sampler, piece -> {
            String text = pieces.add(piece);
            if (!text.isEmpty()) {
                events.accept(object().put("prompt", number).put("text", text));
            }
            return true;
        });
        String rest = pieces.end();
        if (!rest.isEmpty()) {
            events.accept(object().put("prompt", number).put("text", rest));
        }
        events.accept(object().put("prompt", number)
                .put("tokens", result.tokens())
                .put("seconds", result.tokenNanos() / 1e9)
                .put("stop", result.stop().name()));
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
