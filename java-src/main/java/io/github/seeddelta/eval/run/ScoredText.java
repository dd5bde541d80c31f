package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.ChunkParams;
import io.github.seeddelta.nat.ChunkScorer;
import io.github.seeddelta.nat.LlamaModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// What the requests of [ScoreJob] and [PairJob] have in common: `text` (path), `ctx`, `chunks` (limit), `threads` and
/// `done` (chunks to leave out).
record ScoredText(Path text, ChunkParams params, Set<Integer> done) {
    static ScoredText of(JsonNode request) {
        Set<Integer> done = new HashSet<>();
        request.path("done").forEach(chunk -> done.add(chunk.asInt()));
        return new ScoredText(
                Path.of(request.path("text").asText()),
                new ChunkParams(
                        request.path("ctx").asInt(),
                        request.path("chunks").asInt(),
                        request.path("threads").asInt()),
                done);
    }

    int threads() {
        return params.threads();
    }

    int[] tokens(LlamaModel model) {
        try {
            return ChunkScorer.tokenize(model, ChunkScorer.readText(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// True when every chunk of the group can be left out.
    boolean isDone(ChunkScorer scorer, int group) {
        int first = group * scorer.groupChunks();
        int end = Math.min(scorer.chunks(), first + scorer.groupChunks());
        for (int chunk = first; chunk < end; chunk++) {
            if (!done.contains(chunk)) {
                return false;
            }
        }
        return true;
    }

    /// The first event: how many chunks there are, and the identity.
    static ObjectNode layout(ChunkScorer scorer, LlamaModel model, int[] tokens) {
        return identity(model, tokens).put("chunks", scorer.chunks());
    }

    /// `tokens` (digest) and `vocab` (size), which tell vocabularies and tokenizers apart.
    static ObjectNode identity(LlamaModel model, int[] tokens) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("tokens", digest(tokens))
                .put("vocab", model.tokenizer().size());
    }

    private static String digest(int[] tokens) {
        ByteBuffer bytes = ByteBuffer.allocate(tokens.length * Integer.BYTES);
        bytes.asIntBuffer().put(tokens);
        return FileDigest.sha256(bytes.array());
    }
}
