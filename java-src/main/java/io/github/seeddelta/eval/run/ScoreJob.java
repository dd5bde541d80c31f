package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.ChunkLogits;
import io.github.seeddelta.nat.ChunkParams;
import io.github.seeddelta.nat.ChunkScorer;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Consumer;

/// Scores the chunks of a text with one model, in a process of its own.
///
/// Request: `model`, `text` (paths), `ctx`, `chunks` (limit), `threads`, `done` (chunks to leave out).
/// Events:  first `chunks` (how many there are) and `tokens` (digest of all tokens), then for each chunk `chunk`, `nll`.
public final class ScoreJob implements IsolatedJob {
    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        Set<Integer> done = new HashSet<>();
        request.path("done").forEach(chunk -> done.add(chunk.asInt()));
        int threads = request.path("threads").asInt();
        try (LlamaModel model = LlamaModel.load(Path.of(request.path("model").asText()))) {
            int[] tokens = ChunkScorer.tokenize(model, ChunkScorer.readText(Path.of(request.path("text").asText())));
            ChunkParams params =
                    new ChunkParams(request.path("ctx").asInt(), request.path("chunks").asInt(), threads);
            try (ChunkScorer scorer = ChunkScorer.open(model, tokens, params)) {
                events.accept(object().put("chunks", scorer.chunks()).put("tokens", digest(tokens)));
                for (int group = 0; group < scorer.groups(); group++) {
                    if (!finished(scorer, group, done)) {
                        for (ChunkLogits chunk : scorer.decode(group)) {
                            events.accept(object()
                                    .put("chunk", chunk.chunk())
                                    .put("nll", Packed.write(chunk.nll(threads))));
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return object();
    }

    private static boolean finished(ChunkScorer scorer, int group, Set<Integer> done) {
        int first = group * scorer.groupChunks();
        int end = Math.min(scorer.chunks(), first + scorer.groupChunks());
        for (int chunk = first; chunk < end; chunk++) {
            if (!done.contains(chunk)) {
                return false;
            }
        }
        return true;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static String digest(int[] tokens) {
        ByteBuffer bytes = ByteBuffer.allocate(tokens.length * Integer.BYTES);
        bytes.asIntBuffer().put(tokens);
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
