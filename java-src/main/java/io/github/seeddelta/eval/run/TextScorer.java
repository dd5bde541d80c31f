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
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/// Brings every chunk score of one text into the journal; chunks that are there already cost nothing.
final class TextScorer {
    private final ScoreJournal journal;
    private final TextFile text;
    private final EvalRequest request;
    private final EvalListener listener;
    private final String settings;
    private long nonFinite;
    private long reused;

    TextScorer(ScoreJournal journal, TextFile text, EvalRequest request, EvalListener listener) {
        this.journal = journal;
        this.text = text;
        this.request = request;
        this.listener = listener;
        this.settings = ScoreSettings.of(request.threads(), request.runtime());
    }

    /// How the text falls into chunks under a model's tokenizer.
    ///
    /// @param tokensSha256 digest of the token ids, to tell tokenizers apart
    record Layout(int chunks, String tokensSha256, int vocabSize) {}

    /// Results that were not finite and that the runtime replaced, in the chunks that this run scored.
    long nonFinite() {
        return nonFinite;
    }

    /// Chunks of the base whose logits an earlier comparison had left.
    long reused() {
        return reused;
    }

    JournalKey key(ModelFile model, int ctx, int chunk) {
        return new JournalKey(model.sha256(), text.sha256(), ctx, chunk, settings);
    }

    /// The same for a model's scores with its divergence from a base.
    JournalKey key(ModelFile base, ModelFile model, int ctx, int chunk) {
        return new JournalKey(model.sha256(), text.sha256(), ctx, chunk, settings + ";kld=" + base.sha256());
    }

    /// Scores of one model.
    Layout score(ModelFile model, int ctx) {
        ObjectNode job = job(ctx, chunk -> isStored(key(model, ctx, chunk)));
        job.put("model", model.path());
        Receiver receiver = new Receiver(job.path("done").size(), event -> {
            int chunk = event.path("chunk").asInt();
            return put(
                    key(model, ctx, chunk),
                    ChunkScores.ofNll(Packed.read(event.path("nll").asText())));
        });
        JsonNode answer = Isolated.run(ScoreJob.class, job, model.path(), receiver::event, line -> {});
        return receiver.layout(model, answer);
    }

    /// Scores of both models, and the divergence.
    Layout compare(ModelFile base, ModelFile model, int ctx) {
        ObjectNode job = job(ctx, chunk -> isStored(key(base, ctx, chunk)) && isStored(key(base, model, ctx, chunk)));
        job.put("base", base.path());
        job.putArray("models").add(model.path());
        request.extras().logits().ifPresent(folder -> {
            job.put("logits", folder.toString());
            job.put("logits_key", FileDigest.sha256(key(base, ctx, 0).toString()));
        });
        Receiver receiver = new Receiver(job.path("done").size(), event -> {
            int chunk = event.path("chunk").asInt();
            put(
                    key(base, ctx, chunk),
                    ChunkScores.ofNll(Packed.read(event.path("base_nll").asText())));
            double[] nll = Packed.read(event.path("nll").asText());
            return put(key(base, model, ctx, chunk), ChunkScores.ofNllAndKld(nll, PairJob.kld(event)));
        });
        JsonNode answer = Isolated.run(PairJob.class, job, model.path(), receiver::event, line -> {});
        return receiver.layout(model, answer);
    }

    private ObjectNode job(int ctx, IntPredicate isDone) {
        ObjectNode job = JsonNodeFactory.instance.objectNode();
        job.put("text", text.path());
        job.put("ctx", ctx);
        job.put("chunks", request.maxChunks());
        job.put("threads", request.threads());
        JobRuntime.put(job, request.runtime());
        ArrayNode done = job.putArray("done");
        for (int chunk = 0; chunk < request.maxChunks() && isDone.test(chunk); chunk++) {
            done.add(chunk);
        }
        return job;
    }

    private boolean isStored(JournalKey key) {
        return journal.get(key).isPresent();
    }

    /// True when the chunk is new.
    private boolean put(JournalKey key, ChunkScores scores) {
        if (isStored(key)) {
            return false;
        }
        journal.put(key, scores);
        return true;
    }

    private final class Receiver {
        private final Predicate<JsonNode> store;
        private int done;
        private Layout layout = new Layout(0, "", 0);

        Receiver(int done, Predicate<JsonNode> store) {
            this.done = done;
            this.store = store;
        }

        void event(JsonNode event) {
            if (event.has("chunks")) {
                layout = new Layout(
                        event.path("chunks").asInt(),
                        event.path("tokens").asText(),
                        event.path("vocab").asInt());
            } else if (store.test(event)) {
                done++;
            }
            listener.step(done, layout.chunks(), "chunks");
        }

        Layout layout(ModelFile model, JsonNode answer) {
            if (layout.chunks() == 0) {
                throw EvalException.badInput(model.path() + ": no chunk could be scored");
            }
            nonFinite += answer.path("non_finite").asLong();
            reused += answer.path("reused").asLong();
            return layout;
        }
    }
}
