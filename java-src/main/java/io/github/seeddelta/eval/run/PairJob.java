package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.ChunkLogits;
import io.github.seeddelta.nat.ChunkScorer;
import io.github.seeddelta.nat.Divergence;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaModel;
import io.github.seeddelta.nat.NativeException;
import io.github.seeddelta.nat.NativeStatus;
import io.github.seeddelta.nat.SeedDeltaRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Compares two models over the chunks of a text, side by side in one process: both decode a group, then its rows of
/// logits are compared where they lie. Memory: both models, and one group of logits of each, whatever the text.
///
/// Request: `base`, `model` (paths) and those of [ScoredText] and [JobRuntime].
/// Events:  first the layout of [ScoredText], then for each chunk `chunk`, `base_nll`, `nll`, `kld`, `p_base`,
///          `p_model`, `same` (as 0 and 1).
/// Answer:  `non_finite`, the results that the runtime had to replace in either model.
public final class PairJob implements IsolatedJob {
    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        ScoredText text = ScoredText.of(request);
        JobRuntime.apply(request);
        try (LlamaModel base = LlamaModel.load(Path.of(request.path("base").asText()));
                LlamaModel model = LlamaModel.load(Path.of(request.path("model").asText()))) {
            int[] tokens = text.tokens(base);
            if (!ScoredText.sameVocabulary(base, tokens, model, text.tokens(model))) {
                throw NativeException.of(
                        NativeStatus.INPUT,
                        WrongPair.message(base.path().toString(), model.path().toString()));
            }
            try (ChunkScorer ofBase = ChunkScorer.open(base, tokens, text.params());
                    ChunkScorer ofModel = ChunkScorer.open(model, tokens, text.params())) {
                events.accept(ScoredText.layout(ofBase, base, tokens));
                for (int group = 0; group < ofBase.groups(); group++) {
                    if (!text.isDone(ofBase, group)) {
                        compare(ofBase.decode(group), ofModel.decode(group), text.threads(), events);
                    }
                }
            }
        }
        return object().put("non_finite", SeedDeltaRuntime.nonFiniteCount());
    }

    private static void compare(
            List<ChunkLogits> base, List<ChunkLogits> model, int threads, Consumer<JsonNode> events) {
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

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
