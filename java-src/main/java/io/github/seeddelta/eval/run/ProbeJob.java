package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.seeddelta.nat.ContextParams;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaContext;
import io.github.seeddelta.nat.LlamaModel;
import io.github.seeddelta.nat.SeedDeltaRuntime;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Runs a model over a few tokens, most as a batch and some one by one, in a process of its own.
///
/// Request: `model`, `tokens`, `threads` and those of [JobRuntime].
/// Answer:  `non_finite`, the results that the runtime had to replace.
public final class ProbeJob implements IsolatedJob {
    private static final int ONE_BY_ONE = 4;

    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        JobRuntime.apply(request);
        int tokens = request.path("tokens").asInt();
        ContextParams params =
                ContextParams.single(tokens, request.path("threads").asInt());
        try (LlamaModel model = LlamaModel.load(Path.of(request.path("model").asText()));
                LlamaContext context = LlamaContext.open(model, params)) {
            Filler filler = new Filler(context);
            filler.prompt(tokens - ONE_BY_ONE);
            filler.tokens(ONE_BY_ONE);
        }
        return JsonNodeFactory.instance.objectNode().put("non_finite", SeedDeltaRuntime.nonFiniteCount());
    }
}
