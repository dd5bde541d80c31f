package io.github.seeddelta.build.collect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.Isolated;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One pass over a text, in a process of its own (docs/CALIBRATION.md).
///
/// @param imatrix   the file to write
/// @param moments   the file for second moments and samples, if they are wanted
/// @param maxChunks upper limit
/// @param samples   real vectors kept per input; only with `moments`
/// @param seed      which vectors are kept
public record Collection(
        Path model,
        Path text,
        Path imatrix,
        Optional<Path> moments,
        int ctx,
        int maxChunks,
        int samples,
        long seed,
        int threads) {

    /// @param entries weights that the imatrix has
    /// @param partial weights of which some expert saw no token
    /// @param unseen  weights whose moments were asked for and that were never evaluated
    public record Result(int chunks, int entries, List<String> partial, List<String> unseen) {}

    /// Hears how far the pass is.
    public interface Listener {
        void chunks(int done, int total);
    }

    /// @throws io.github.seeddelta.nat.NativeException as one line for the user
    public Result run(Listener listener) {
        JsonNode answer = Isolated.run(
                CollectJob.class,
                request(),
                model.toString(),
                event -> listener.chunks(
                        event.path("done").asInt(), event.path("chunks").asInt()),
                line -> {});
        return new Result(
                answer.path("chunks").asInt(),
                answer.path("imatrix").path("entries").asInt(),
                texts(answer.path("imatrix").path("partial")),
                texts(answer.path("unseen")));
    }

    private ObjectNode request() {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        request.put("model", model.toString());
        request.put("text", text.toString());
        request.put("imatrix", imatrix.toString());
        moments.ifPresent(file -> request.put("moments", file.toString()));
        request.put("ctx", ctx);
        request.put("chunks", maxChunks);
        request.put("samples", samples);
        request.put("seed", seed);
        request.put("threads", threads);
        return request;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
