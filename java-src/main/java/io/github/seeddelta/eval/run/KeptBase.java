package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.BucketAccumulator;
import io.github.seeddelta.nat.Isolated;
import io.github.seeddelta.nat.RuntimeOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A base whose logits over one text are kept, so that each of many models costs one run instead of two.
///
/// @param chunks most chunks of the text
/// @param logits folder for them
public record KeptBase(Path base, Path text, int ctx, int chunks, int threads, Path logits) {

    /// Scores each of `models` and its divergence from the base, as `eval --kld` does, one after the other in one child
    /// process.
    ///
    /// @param identity of the logits, from [#identity()]
    public List<Bucket> compare(String identity, List<Path> models) {
        ObjectNode job = JsonNodeFactory.instance.objectNode();
        job.put("base", base.toString());
        ArrayNode paths = job.putArray("models");
        List<BucketAccumulator> buckets = new ArrayList<>();
        for (Path model : models) {
            paths.add(model.toString());
            buckets.add(new BucketAccumulator(ctx));
        }
        job.put("logits", logits.toString());
        job.put("logits_key", FileDigest.sha256(identity));
        job.put("text", text.toString());
        job.put("ctx", ctx);
        job.put("chunks", chunks);
        job.put("threads", threads);
        job.putArray("done");
        JobRuntime.put(job, RuntimeOptions.DEFAULT);
        Isolated.run(
                PairJob.class,
                job,
                models.getFirst().toString(),
                event -> {
                    if (event.has("chunk")) {
                        add(buckets.get(event.path("model").asInt()), event);
                    }
                },
                line -> {});
        return buckets.stream().map(BucketAccumulator::result).toList();
    }

    /// All that the base's logits depend on; reads both files.
    public String identity() throws IOException {
        return "base " + FileDigest.sha256(base) + " text " + FileDigest.sha256(text) + " ctx " + ctx + " chunks "
                + chunks + " " + ScoreSettings.of(threads, RuntimeOptions.DEFAULT);
    }

    private static void add(BucketAccumulator bucket, JsonNode event) {
        bucket.add(
                Packed.read(event.path("base_nll").asText()),
                Packed.read(event.path("nll").asText()),
                Optional.of(PairJob.kld(event)));
    }
}
