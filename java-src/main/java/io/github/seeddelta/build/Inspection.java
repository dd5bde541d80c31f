package io.github.seeddelta.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What a GGUF file holds, SeedΔ or not, without running it.
///
/// @param payloads one for each SeedΔ weight
/// @param tensors  all of them, in file order
/// @param metadata every key, long arrays cut
public record Inspection(
        Path file,
        long sizeBytes,
        String architecture,
        String name,
        int layerCount,
        Map<String, TypeTotal> types,
        List<PayloadRow> payloads,
        List<TensorInfo> tensors,
        JsonNode metadata) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN_ARRAY_VALUES = 8;

    /// Tensors of one ggml type.
    public record TypeTotal(int tensors, long sizeBytes) {}

    /// One SeedΔ weight as the file describes it. `problem` says why a reader refuses it.
    ///
    /// @param relativeError stored ‖W − Ŵ‖ / ‖W‖, `relativeErrorWeighted` with inputs weighted
    public record PayloadRow(
            String name,
            long nOut,
            long nIn,
            String base,
            String scheme,
            long payloadBytes,
            double bitsPerWeight,
            boolean stripped,
            boolean forced,
            Optional<Double> relativeError,
            Optional<Double> relativeErrorWeighted,
            Optional<String> problem) {}

    public static Inspection of(Path file) {
        try (GgufModel model = GgufModel.open(file)) {
            JsonNode metadata = parse(model.metadataJson(SHOWN_ARRAY_VALUES));
            String architecture = metadata.path("general.architecture").asText("");
            List<TensorInfo> tensors = model.tensors();
            Map<String, TypeTotal> types = new TreeMap<>();
            for (TensorInfo tensor : tensors) {
                types.merge(
                        tensor.type(),
                        new TypeTotal(1, tensor.sizeBytes()),
                        (a, b) -> new TypeTotal(a.tensors() + b.tensors(), a.sizeBytes() + b.sizeBytes()));
            }
            return new Inspection(
                    file,
                    model.sizeBytes(),
                    architecture,
                    metadata.path("general.name").asText(""),
                    metadata.path(architecture + ".block_count").asInt(0),
                    types,
                    payloads(parse(model.payloadsJson())),
                    tensors,
                    metadata);
        }
    }

    /// Payloads that no reader would run.
    public List<PayloadRow> broken() {
        return payloads.stream().filter(p -> p.problem().isPresent()).toList();
    }

    /// The payloads of an open file.
    static List<PayloadRow> payloads(GgufModel model) {
        return payloads(parse(model.payloadsJson()));
    }

    private static List<PayloadRow> payloads(JsonNode array) {
        List<PayloadRow> rows = new ArrayList<>();
        for (JsonNode p : array) {
            long weights = p.path("n_out").asLong() * p.path("n_in").asLong();
            JsonNode stored = p.path("stored");
            rows.add(new PayloadRow(
                    p.path("name").asText(),
                    p.path("n_out").asLong(),
                    p.path("n_in").asLong(),
                    p.path("base").asText(),
                    p.path("scheme").asText(),
                    p.path("bytes").asLong(),
                    weights == 0 ? 0 : 8.0 * p.path("bytes").asLong() / weights,
                    p.path("stripped").asBoolean(),
                    p.path("forced").asBoolean(),
                    ratio(stored.path("norm_err"), stored.path("norm_w")),
                    number(stored.path("norm_err_w")),
                    p.path("problem").isTextual()
                            ? Optional.of(p.path("problem").asText())
                            : Optional.empty()));
        }
        return rows;
    }

    private static Optional<Double> ratio(JsonNode a, JsonNode b) {
        return a.isNumber() && b.isNumber() && b.asDouble() > 0
                ? Optional.of(a.asDouble() / b.asDouble())
                : Optional.empty();
    }

    private static Optional<Double> number(JsonNode node) {
        return node.isNumber() ? Optional.of(node.asDouble()) : Optional.empty();
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the native library describes a file in broken JSON", e);
        }
    }
}
