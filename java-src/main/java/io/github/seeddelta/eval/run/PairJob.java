package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.stats.KldTokens;
import io.github.seeddelta.nat.ChunkLogits;
import io.github.seeddelta.nat.ChunkScorer;
import io.github.seeddelta.nat.Divergence;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaModel;
import io.github.seeddelta.nat.LogitsFolder;
import io.github.seeddelta.nat.NativeException;
import io.github.seeddelta.nat.NativeStatus;
import io.github.seeddelta.nat.SeedDeltaRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Compares models with a base over the chunks of a text in one process: the logits of a group of both are compared
/// where they lie. Memory: the base and one model, and one group of logits of each, whatever the text; only the model
/// where the base's logits are kept from an earlier comparison.
///
/// Request: `base` (path), `models` (paths), `logits` and `logits_key` where the base's logits are to be kept, and
// those
///          of [ScoredText] and [JobRuntime].
/// Events:  for each model the layout of [ScoredText], then for each chunk `chunk`, `base_nll`, `nll`, `kld`, `p_base`,
///          `p_model`, `same` (as 0 and 1); all with `model`, the place in `models`.
/// Answer:  `non_finite`, the results that the runtime had to replace in any of them; `reused`, the chunks of the base
///          that were not decoded because their logits were there.
public final class PairJob implements IsolatedJob {
    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        ScoredText text = ScoredText.of(request);
        JobRuntime.apply(request);
        Path baseFile = Path.of(request.path("base").asText());
        try (BaseLogits base = new BaseLogits(baseFile, text, folder(request))) {
            JsonNode models = request.path("models");
            for (int i = 0; i < models.size(); i++) {
                int place = i;
                compare(
                        baseFile,
                        base,
                        Path.of(models.path(i).asText()),
                        text,
                        event -> events.accept(event.put("model", place)));
            }
            return object().put("non_finite", SeedDeltaRuntime.nonFiniteCount()).put("reused", base.reused());
        }
    }

    private static void compare(
            Path baseFile, BaseLogits base, Path file, ScoredText text, Consumer<ObjectNode> events) {
        try (LlamaModel model = LlamaModel.load(file)) {
            int[] tokens = text.tokens(model);
            if (!base.identity().equals(ScoredText.identity(model, tokens).toString())) {
                throw NativeException.of(NativeStatus.INPUT, WrongPair.message(baseFile.toString(), file.toString()));
            }
            try (ChunkScorer scorer = ChunkScorer.open(model, tokens, text.params())) {
                events.accept(ScoredText.layout(scorer, model, tokens));
                for (int group = 0; group < scorer.groups(); group++) {
                    if (!text.isDone(scorer, group)) {
                        List<ChunkLogits> ofModel = scorer.decode(group);
                        compare(base.decode(group, ofModel), ofModel, text.threads(), events);
                    }
                }
            }
        }
    }

    private static Optional<LogitsFolder> folder(JsonNode request) {
        return request.has("logits")
                ? Optional.of(new LogitsFolder(
                        Path.of(request.path("logits").asText()),
                        request.path("logits_key").asText()))
                : Optional.empty();
    }

    private static void compare(
            List<ChunkLogits> base, List<ChunkLogits> model, int threads, Consumer<ObjectNode> events) {
        for (int i = 0; i < base.size(); i++) {
            Divergence divergence = base.get(i).compare(model.get(i), threads);
            events.accept(object().put("chunk", base.get(i).chunk())
                    .put("base_nll", Packed.write(base.get(i).nll(threads)))
                    .put("nll", Packed.write(model.get(i).nll(threads)))
                    .put("kld", Packed.write(divergence.kld()))
                    .put("p_base", Packed.write(divergence.pBase()))
                    .put("p_model", Packed.write(divergence.pModel()))
                    .put("same", Packed.writeFlags(divergence.sameTop1())));
        }
    }

    /// The divergence in the event of a chunk.
    static KldTokens kld(JsonNode event) {
        return new KldTokens(
                Packed.read(event.path("kld").asText()),
                Packed.read(event.path("p_base").asText()),
                Packed.read(event.path("p_model").asText()),
                Packed.readFlags(event.path("same").asText()));
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
