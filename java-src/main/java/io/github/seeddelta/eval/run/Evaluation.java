package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.greedy.GreedyResult;
import io.github.seeddelta.eval.result.EvalResult;
import io.github.seeddelta.eval.result.Memory;
import io.github.seeddelta.eval.result.ModelFile;
import io.github.seeddelta.eval.result.Reference;
import io.github.seeddelta.eval.result.Speed;
import io.github.seeddelta.eval.result.TextFile;
import io.github.seeddelta.eval.score.ChunkScores;
import io.github.seeddelta.eval.score.JournalKey;
import io.github.seeddelta.eval.score.ScoreJournal;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.BucketAccumulator;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.nat.RuntimeOptions;
import io.github.seeddelta.nat.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/// One evaluation of a model against its base on one text.
public final class Evaluation {
    private static final String JOURNAL = "scores.journal";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final EvalRequest request;
    private final EvalListener listener;

    private Evaluation(EvalRequest request, EvalListener listener) {
        this.request = request;
        this.listener = listener;
    }

    /// @throws EvalException and [io.github.seeddelta.nat.NativeException] as one line for the user
    public static EvalResult run(EvalRequest request, EvalListener listener) throws IOException {
        return new Evaluation(request, listener).run();
    }

    private EvalResult run() throws IOException {
        long start = System.nanoTime();
        Files.createDirectories(request.out());
        ModelFile base = describe(request.base());
        ModelFile model = request.base().equals(request.model()) ? base : describe(request.model());
        TextFile text = new TextFile(request.text().toString(), FileDigest.sha256(request.text()));
        Map<String, String> facts = new TreeMap<>();
        List<Bucket> buckets = new ArrayList<>();
        long nonFinite;
        try (ScoreJournal journal = ScoreJournal.open(request.out().resolve(JOURNAL))) {
            TextScorer scorer = new TextScorer(journal, text, request, listener);
            for (int ctx : request.ctxs()) {
                buckets.add(bucket(journal, scorer, base, model, ctx));
            }
            nonFinite = scorer.nonFinite();
            if (request.extras().logits().isPresent()) {
                facts.put("base chunks taken from kept logits", String.valueOf(scorer.reused()));
            }
        }
        EvalRequest.Extras extras = request.extras();
        Optional<Reference> reference = extras.reference().isPresent()
                ? Optional.of(ReferenceRun.run(request, buckets.getFirst(), listener))
                : Optional.empty();
        Optional<GreedyResult> greedy = extras.greedy().isPresent()
                ? Optional.of(GreedyRun.run(extras.greedy().get(), request, listener))
                : Optional.empty();
        Optional<Memory> memory = extras.memory() ? Optional.of(MemoryRun.run(request, listener)) : Optional.empty();
        Optional<Speed> speed = extras.speed() ? Optional.of(SpeedRuns.run(request, listener)) : Optional.empty();
        facts.put("threads", String.valueOf(request.threads()));
        if (!request.runtime().equals(RuntimeOptions.DEFAULT)) {
            facts.put("runtime", request.runtime().toString());
        }
        facts.put("seconds", String.format(Locale.ROOT, "%.1f", (System.nanoTime() - start) / 1e9));
        return new EvalResult(
                base,
                model,
                Optional.of(text),
                buckets,
                memory,
                speed,
                greedy,
                reference,
                OptionalLong.of(nonFinite),
                facts);
    }

    private Bucket bucket(ScoreJournal journal, TextScorer scorer, ModelFile base, ModelFile model, int ctx) {
        return request.extras().kld()
                ? compared(journal, scorer, base, model, ctx)
                : scored(journal, scorer, base, model, ctx);
    }

    private Bucket scored(ScoreJournal journal, TextScorer scorer, ModelFile base, ModelFile model, int ctx) {
        listener.phase("base at ctx " + ctx);
        TextScorer.Layout ofBase = scorer.score(base, ctx);
        if (!base.equals(model)) {
            listener.phase("model at ctx " + ctx);
            if (!ofBase.equals(scorer.score(model, ctx))) {
                throw EvalException.badInput(WrongPair.message(base.path(), model.path()));
            }
        }
        BucketAccumulator bucket = new BucketAccumulator(ctx);
        for (int chunk = 0; chunk < ofBase.chunks(); chunk++) {
            double[] b = stored(journal, scorer.key(base, ctx, chunk)).nll();
            double[] m = stored(journal, scorer.key(model, ctx, chunk)).nll();
            bucket.add(b, m, Optional.empty());
        }
        return bucket.result();
    }

    private Bucket compared(ScoreJournal journal, TextScorer scorer, ModelFile base, ModelFile model, int ctx) {
        listener.phase("base and model at ctx " + ctx);
        int chunks = scorer.compare(base, model, ctx).chunks();
        BucketAccumulator bucket = new BucketAccumulator(ctx);
        for (int chunk = 0; chunk < chunks; chunk++) {
            ChunkScores ofModel = stored(journal, scorer.key(base, model, ctx, chunk));
            bucket.add(stored(journal, scorer.key(base, ctx, chunk)).nll(), ofModel.nll(), ofModel.kld());
        }
        return bucket.result();
    }

    private static ChunkScores stored(ScoreJournal journal, JournalKey key) {
        return journal.get(key)
                .orElseThrow(() -> new IllegalStateException("chunk " + key.chunkIndex() + " was not scored"));
    }

    private static ModelFile describe(Path file) throws IOException {
        try (GgufModel model = GgufModel.open(file);
                ProgressCell progress = new ProgressCell()) {
            return new ModelFile(
                    file.toString(),
                    model.sha256(progress),
                    model.sizeBytes(),
                    OptionalLong.of(weights(model.tensors(), JSON.readTree(model.payloadsJson()))));
        }
    }

    /// Weights of the model when all are dense: payload tensors count as the weight that they stand for.
    private static long weights(List<TensorInfo> tensors, JsonNode payloads) {
        Set<String> parts = new HashSet<>();
        long weights = 0;
        for (JsonNode payload : payloads) {
            payload.path("tensors").forEach(part -> parts.add(part.path("name").asText()));
            if (payload.path("stripped").asBoolean()) {
                weights += payload.path("n_out").asLong() * payload.path("n_in").asLong();
            }
        }
        for (TensorInfo tensor : tensors) {
            weights += parts.contains(tensor.name()) ? 0 : elements(tensor);
        }
        return weights;
    }

    private static long elements(TensorInfo tensor) {
        return tensor.shape().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    }
}
