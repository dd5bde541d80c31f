package io.github.seeddelta.eval.run;

import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.result.EvalResult;
import io.github.seeddelta.eval.result.ModelFile;
import io.github.seeddelta.eval.result.Reference;
import io.github.seeddelta.eval.result.TextFile;
import io.github.seeddelta.eval.score.ChunkScores;
import io.github.seeddelta.eval.score.ScoreJournal;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.BucketAccumulator;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.nat.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// One evaluation of a model against its base on one text.
public final class Evaluation {
    private static final String JOURNAL = "scores.journal";

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
        List<Bucket> buckets = new ArrayList<>();
        try (ScoreJournal journal = ScoreJournal.open(request.out().resolve(JOURNAL))) {
            TextScorer scorer = new TextScorer(journal, text, request.maxChunks(), request.threads());
            for (int ctx : request.ctxs()) {
                buckets.add(bucket(journal, scorer, base, model, ctx));
            }
        }
        Optional<Reference> reference = request.reference().isPresent()
                ? Optional.of(ReferenceRun.run(request, buckets.getFirst(), listener))
                : Optional.empty();
        Map<String, String> facts = new TreeMap<>();
        facts.put("threads", String.valueOf(request.threads()));
        facts.put("seconds", String.format(java.util.Locale.ROOT, "%.1f", (System.nanoTime() - start) / 1e9));
        return new EvalResult(
                base, model, Optional.of(text), buckets, Optional.empty(), Optional.empty(), Optional.empty(), reference, facts);
    }

    private Bucket bucket(ScoreJournal journal, TextScorer scorer, ModelFile base, ModelFile model, int ctx) {
        TextScorer.Layout ofBase = score(scorer, base, "base", ctx);
        TextScorer.Layout ofModel = base.equals(model) ? ofBase : score(scorer, model, "model", ctx);
        if (!ofBase.equals(ofModel)) {
            throw EvalException.badInput(request.model() + ": its tokenizer cuts the text differently from that of "
                    + request.base() + "; only models with the same vocabulary can be compared");
        }
        BucketAccumulator bucket = new BucketAccumulator(ctx);
        for (int chunk = 0; chunk < ofBase.chunks(); chunk++) {
            double[] b = stored(journal, scorer, base, ctx, chunk);
            double[] m = stored(journal, scorer, model, ctx, chunk);
            bucket.add(b, m, Optional.empty());
        }
        return bucket.result();
    }

    private TextScorer.Layout score(TextScorer scorer, ModelFile model, String side, int ctx) {
        listener.phase(side + " at ctx " + ctx);
        return scorer.score(model, ctx, chunk -> listener.chunk(chunk + 1, request.maxChunks()));
    }

    private static double[] stored(ScoreJournal journal, TextScorer scorer, ModelFile model, int ctx, int chunk) {
        return journal.get(scorer.key(model, ctx, chunk))
                .map(ChunkScores::nll)
                .orElseThrow(() -> new IllegalStateException("chunk " + chunk + " was not scored"));
    }

    private static ModelFile describe(Path file) {
        try (GgufModel model = GgufModel.open(file);
                ProgressCell progress = new ProgressCell()) {
            long weights = model.tensors().stream().mapToLong(Evaluation::elements).sum();
            boolean dense = model.payloadsJson().strip().equals("[]");
            return new ModelFile(
                    file.toString(),
                    model.sha256(progress),
                    model.sizeBytes(),
                    dense ? OptionalLong.of(weights) : OptionalLong.empty());
        }
    }

    private static long elements(TensorInfo tensor) {
        return tensor.shape().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    }
}
