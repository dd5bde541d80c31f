package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.result.ModelFile;
import io.github.seeddelta.eval.result.TextFile;
import io.github.seeddelta.eval.score.ChunkScores;
import io.github.seeddelta.eval.score.JournalKey;
import io.github.seeddelta.eval.score.ScoreJournal;
import io.github.seeddelta.nat.Isolated;
import java.util.function.IntConsumer;

/// Brings every chunk score of one model and text into the journal; chunks that are there already cost nothing.
final class TextScorer {
    private final ScoreJournal journal;
    private final TextFile text;
    private final int maxChunks;
    private final int threads;

    TextScorer(ScoreJournal journal, TextFile text, int maxChunks, int threads) {
        this.journal = journal;
        this.text = text;
        this.maxChunks = maxChunks;
        this.threads = threads;
    }

    /// How the text falls into chunks under a model's tokenizer.
    ///
    /// @param tokensSha256 digest of the token ids, to tell tokenizers apart
    record Layout(int chunks, String tokensSha256) {}

    /// Whatever else than file, text and context changes a score.
    String settings() {
        return "score=1;threads=" + threads;
    }

    JournalKey key(ModelFile model, int ctx, int chunk) {
        return new JournalKey(model.sha256(), text.sha256(), ctx, chunk, settings());
    }

    /// @param fresh hears the number of each chunk that was really scored
    Layout score(ModelFile model, int ctx, IntConsumer fresh) {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        request.put("model", model.path());
        request.put("text", text.path());
        request.put("ctx", ctx);
        request.put("chunks", maxChunks);
        request.put("threads", threads);
        ArrayNode done = request.putArray("done");
        for (int chunk = 0; journal.get(key(model, ctx, chunk)).isPresent(); chunk++) {
            done.add(chunk);
        }
        Receiver receiver = new Receiver(model, ctx, fresh);
        Isolated.run(ScoreJob.class, request, model.path(), receiver::event, line -> {});
        if (receiver.chunks == 0) {
            throw EvalException.badInput(model.path() + ": no chunk could be scored");
        }
        return new Layout(receiver.chunks, receiver.tokens);
    }

    private final class Receiver {
        private final ModelFile model;
        private final int ctx;
        private final IntConsumer fresh;
        private int chunks;
        private String tokens = "";

        Receiver(ModelFile model, int ctx, IntConsumer fresh) {
            this.model = model;
            this.ctx = ctx;
            this.fresh = fresh;
        }

        void event(JsonNode event) {
            if (event.has("chunks")) {
                chunks = event.path("chunks").asInt();
                tokens = event.path("tokens").asText();
                return;
            }
            int chunk = event.path("chunk").asInt();
            double[] nll = Packed.read(event.path("nll").asText());
            JournalKey key = key(model, ctx, chunk);
            if (journal.get(key).isEmpty()) {
                journal.put(key, ChunkScores.ofNll(nll));
            }
            fresh.accept(chunk);
        }
    }
}
