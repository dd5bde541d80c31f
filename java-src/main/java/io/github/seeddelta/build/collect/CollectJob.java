package io.github.seeddelta.build.collect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.CalibrationPass;
import io.github.seeddelta.nat.ChunkParams;
import io.github.seeddelta.nat.ChunkScorer;
import io.github.seeddelta.nat.CollectParams;
import io.github.seeddelta.nat.Collector;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaModel;
import io.github.seeddelta.nat.ProgressCell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Decodes a text and writes what was seen of its activations.
///
/// Request: the components of [Collection], snake_case; `moments` may be absent.
/// Events:  `done` of `chunks`. Answer: `sd_collector_summary` with the number of chunks.
public final class CollectJob implements IsolatedJob {
    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        Path file = Path.of(request.path("model").asText());
        Path text = Path.of(request.path("text").asText());
        Optional<Path> moments = Optional.of(request.path("moments").asText())
                .filter(m -> !m.isEmpty())
                .map(Path::of);
        int threads = request.path("threads").asInt();
        int ctx = request.path("ctx").asInt();
        CollectParams params = new CollectParams(
                moments.isPresent(),
                moments.isPresent() ? request.path("samples").asInt() : 0,
                ctx,
                request.path("seed").asLong(),
                threads,
                0);
        try (LlamaModel model = LlamaModel.load(file);
                Collector collector = collector(file, params)) {
            int[] tokens = ChunkScorer.tokenize(model, ChunkScorer.readText(text));
            ChunkParams chunks = new ChunkParams(ctx, request.path("chunks").asInt(), threads);
            int done = decode(model, collector, tokens, chunks, events);
            collector.saveImatrix(Path.of(request.path("imatrix").asText()), List.of(text.toString()));
            if (moments.isPresent()) {
                collector.saveMoments(moments.get(), provenance(file, text, done));
            }
            ObjectNode answer = (ObjectNode) new ObjectMapper().readTree(collector.summaryJson());
            return answer.put("chunks", done);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Collector collector(Path file, CollectParams params) {
        try (GgufModel model = GgufModel.open(file)) {
            return Collector.open(model, params);
        }
    }

    private static int decode(
            LlamaModel model, Collector collector, int[] tokens, ChunkParams params, Consumer<JsonNode> events) {
        try (CalibrationPass pass = CalibrationPass.open(model, collector, tokens, params)) {
            events.accept(progress(0, pass.chunks()));
            for (int group = 0; group < pass.groups(); group++) {
                events.accept(progress(pass.decode(group), pass.chunks()));
            }
            return pass.chunks();
        }
    }

    private static ObjectNode progress(int done, int chunks) {
        return JsonNodeFactory.instance.objectNode().put("done", done).put("chunks", chunks);
    }

    private static Collector.Provenance provenance(Path file, Path text, int chunks) throws IOException {
        try (GgufModel model = GgufModel.open(file);
                ProgressCell progress = new ProgressCell()) {
            return new Collector.Provenance(
                    String.valueOf(file.getFileName()),
                    model.sha256(progress),
                    String.valueOf(text.getFileName()),
                    sha256(Files.readAllBytes(text)),
                    chunks);
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
