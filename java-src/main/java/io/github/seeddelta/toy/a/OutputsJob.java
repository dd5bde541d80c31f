package io.github.seeddelta.toy.a;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.seeddelta.nat.CollectParams;
import io.github.seeddelta.nat.Collector;
import io.github.seeddelta.nat.ContextParams;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaBatch;
import io.github.seeddelta.nat.LlamaContext;
import io.github.seeddelta.nat.LlamaModel;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Runs tokens through a model, all in one batch and then one by one, and keeps what the feed-forward weights read.
///
/// Request: `model`, `tokens`, `samples` (the file to write: a moments file without moments), `threads`.
public final class OutputsJob implements IsolatedJob {
    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        Path file = Path.of(request.path("model").asText());
        JsonNode tokens = request.path("tokens");
        int count = tokens.size();
        int threads = request.path("threads").asInt();
        try (LlamaModel model = LlamaModel.load(file);
                Collector collector = collector(file, 2 * count, threads);
                LlamaContext context = LlamaContext.open(model, ContextParams.single(count, threads), collector)) {
            LlamaBatch batch = context.batch();
            for (int i = 0; i < count; i++) {
                batch.add(tokens.get(i).asInt(), i, 0, true);
            }
            context.decode(batch);
            context.synchronize();
            context.clear();
            for (int i = 0; i < count; i++) {
                batch.clear();
                batch.add(tokens.get(i).asInt(), i, 0, true);
                context.decode(batch);
                context.synchronize();
            }
            collector.check();
            collector.saveMoments(
                    Path.of(request.path("samples").asText()),
                    new Collector.Provenance(String.valueOf(file.getFileName()), "", "toy a", "", 1));
        }
        return JsonNodeFactory.instance.objectNode();
    }

    private static Collector collector(Path file, int samples, int threads) {
        try (GgufModel model = GgufModel.open(file)) {
            return Collector.open(model, new CollectParams(false, samples, samples, 0, threads, 0, false));
        }
    }
}
