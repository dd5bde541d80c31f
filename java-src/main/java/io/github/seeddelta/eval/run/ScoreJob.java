package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.ChunkLogits;
import io.github.seeddelta.nat.ChunkScorer;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaModel;
import io.github.seeddelta.nat.SeedDeltaRuntime;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Scores the chunks of a text with one model, in a process of its own.
///
/// Request: `model` (path) and those of [ScoredText] and [JobRuntime].
/// Events:  first the layout of [ScoredText], then for each chunk `chunk`, `nll`.
/// Answer:  `non_finite`, the results that the runtime had to replace.
public final class ScoreJob implements IsolatedJob {
    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        ScoredText text = ScoredText.of(request);
        JobRuntime.apply(request);
        try (LlamaModel model = LlamaModel.load(Path.of(request.path("model").asText()))) {
            int[] tokens = text.tokens(model);
            try (ChunkScorer scorer = ChunkScorer.open(model, tokens, text.params())) {
                events.accept(ScoredText.layout(scorer, model, tokens));
                for (int group = 0; group < scorer.groups(); group++) {
                    if (!text.isDone(scorer, group)) {
                        for (ChunkLogits chunk : scorer.decode(group)) {
                            events.accept(object().put("chunk", chunk.chunk())
                                    .put("nll", Packed.write(chunk.nll(text.threads()))));
                        }
                    }
                }
            }
        }
        return object().put("non_finite", SeedDeltaRuntime.nonFiniteCount());
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
