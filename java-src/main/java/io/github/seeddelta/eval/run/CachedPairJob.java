package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.ChunkLogits;
import io.github.seeddelta.nat.ChunkScorer;
import io.github.seeddelta.nat.Divergence;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaModel;
import io.github.seeddelta.nat.LogitsFile;
import io.github.seeddelta.nat.NativeException;
import io.github.seeddelta.nat.NativeStatus;
import io.github.seeddelta.nat.SeedDeltaRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Compares models with the kept logits of a base, which runs only when they are not there yet.
///
/// Request: `base`, `models`, `logits` (paths), `identity` of the logits, and those of [ScoredText] and [JobRuntime].
/// Events:  those of [PairJob], without the layout, with `model`: the place in `models`.
/// Answer:  `non_finite`, the results that the runtime had to replace.
public final class CachedPairJob implements IsolatedJob {
    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        ScoredText text = ScoredText.of(request);
        Path logits = Path.of(request.path("logits").asText());
        String identity = request.path("identity").asText();
        JobRuntime.apply(request);
        if (LogitsFile.open(logits, identity).map(CachedPairJob::closed).isEmpty()) {
            keep(Path.of(request.path("base").asText()), text, logits, identity);
        }
        try (LogitsFile base = LogitsFile.open(logits, identity).orElseThrow()) {
            for (int model = 0; model < request.path("models").size(); model++) {
                compare(base, text, request, model, events);
            }
        }
        return object().put("non_finite", SeedDeltaRuntime.nonFiniteCount());
    }

    private static boolean closed(LogitsFile file) {
        file.close();
        return true;
    }

    private static void keep(Path base, ScoredText text, Path logits, String identity) {
        try (LlamaModel model = LlamaModel.load(base);
                ChunkScorer scorer = ChunkScorer.open(model, text.tokens(model), text.params())) {
            LogitsFile.Shape shape =
                    new LogitsFile.Shape(identity, model.tokenizer().size(), scorer.scoredTokens(), scorer.chunks());
            try (LogitsFile.Writer writer = new LogitsFile.Writer(logits, shape)) {
                for (int group = 0; group < scorer.groups(); group++) {
                    for (ChunkLogits chunk : scorer.decode(group)) {
                        writer.add(chunk);
                    }
                }
                writer.finish();
            }
        } catch (IOException e) {
            throw NativeException.of(
                    NativeStatus.IO, logits + ": the base's logits could not be kept (" + e.getMessage() + ")");
        }
    }

    private static void compare(
            LogitsFile base, ScoredText text, JsonNode request, int index, Consumer<JsonNode> events) {
        String path = request.path("models").path(index).asText();
        try (LlamaModel model = LlamaModel.load(Path.of(path));
                ChunkScorer scorer = ChunkScorer.open(model, text.tokens(model), text.params())) {
            boolean same = scorer.chunks() == base.chunks();
            for (int group = 0; same && group < scorer.groups(); group++) {
                for (ChunkLogits chunk : scorer.decode(group)) {
                    ChunkLogits ofBase = base.chunk(chunk.chunk());
                    Divergence divergence = ofBase.compare(chunk, text.threads());
                    events.accept(object().put("model", index)
                            .put("chunk", chunk.chunk())
                            .put("base_nll", Packed.write(ofBase.nll(text.threads())))
                            .put("nll", Packed.write(chunk.nll(text.threads())))
                            .put("kld", Packed.write(divergence.kld()))
                            .put("p_base", Packed.write(divergence.pBase()))
                            .put("p_model", Packed.write(divergence.pModel()))
                            .put("same", Packed.writeFlags(divergence.sameTop1())));
                }
            }
            if (!same) {
                throw new IllegalArgumentException("another number of chunks");
            }
        } catch (IllegalArgumentException e) {
            throw NativeException.of(
                    NativeStatus.INPUT, WrongPair.message(request.path("base").asText(), path));
        }
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
