package io.github.seeddelta.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.TensorInfo;
import io.github.seeddelta.policy.TensorKind;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A model as the builder sees it: its layers and the weights that could be replaced.
///
/// Owns the open file; closing it ends everything made from it.
public final class SourceModel implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int NO_ARRAYS = 0;

    private final GgufModel file;
    private final String architecture;
    private final int layerCount;
    private final Map<TensorId, TensorInfo> weights;
    private final Map<TensorId, String> absent;
    private final boolean carriesPayloads;

    private SourceModel(
            GgufModel file,
            String architecture,
            int layerCount,
            Map<TensorId, TensorInfo> weights,
            Map<TensorId, String> absent,
            boolean carriesPayloads) {
        this.file = file;
        this.architecture = architecture;
        this.layerCount = layerCount;
        this.weights = weights;
        this.absent = absent;
        this.carriesPayloads = carriesPayloads;
    }

    /// @throws BuildException.BadInput when the file is no language model with numbered layers
    public static SourceModel open(Path path) {
        GgufModel file = GgufModel.open(path);
        try {
            return read(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static SourceModel read(GgufModel file) {
        JsonNode metadata = metadata(file);
        String architecture = metadata.path("general.architecture").asText("");
        int layerCount = metadata.path(architecture + ".block_count").asInt(0);
        if (architecture.isEmpty() || layerCount < 1) {
            throw new BuildException.BadInput(file.path()
                    + ": no language model: general.architecture or its block_count is missing; use a model GGUF");
        }
        Map<String, TensorInfo> byName = new HashMap<>();
        file.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
        Map<TensorId, TensorInfo> weights = new LinkedHashMap<>();
        Map<TensorId, String> absent = new LinkedHashMap<>();
        for (int layer = 0; layer < layerCount; layer++) {
            for (TensorKind kind : TensorKind.values()) {
                TensorId id = new TensorId(layer, kind);
                TensorInfo tensor = byName.get(kind.weightName(layer));
                Optional<String> why = unusable(id, tensor, byName);
                if (why.isPresent()) {
                    absent.put(id, why.get());
                } else {
                    weights.put(id, tensor);
                }
            }
        }
        boolean payloads = metadata.path("seeddelta.enabled").asBoolean(false);
        return new SourceModel(file, architecture, layerCount, weights, absent, payloads);
    }

    /// Why this weight cannot be worked on, as the report says it; empty when it can.
    private static Optional<String> unusable(TensorId id, @Nullable TensorInfo tensor, Map<String, TensorInfo> byName) {
        String kind = id.kind().jsonName();
        String prefix = "blk." + id.layer() + ".";
        if (tensor == null) {
            if (byName.containsKey(prefix + kind + "_exps.weight")) {
                return Optional.of("layer " + id.layer() + " has expert matrices instead of " + kind);
            }
            return Optional.of("layer " + id.layer() + " of this model has no dense " + kind);
        }
        if (tensor.shape().size() != 2) {
            return Optional.of(tensor.name() + " has " + tensor.shape().size() + " dimensions, a matrix has 2");
        }
        if (!tensor.dequantizable()) {
            return Optional.of("ggml cannot dequantise " + tensor.name() + " of type " + tensor.type());
        }
        return Optional.empty();
    }

    private static JsonNode metadata(GgufModel file) {
        try {
            return JSON.readTree(file.metadataJson(NO_ARRAYS));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the native library describes metadata in broken JSON", e);
        }
    }

    public GgufModel file() {
        return file;
    }

    public String architecture() {
        return architecture;
    }

    public int layerCount() {
        return layerCount;
    }

    /// Every weight that could be replaced, by layer and kind.
    public Map<TensorId, TensorInfo> weights() {
        return weights;
    }

    /// @throws IllegalArgumentException for a weight that the model lacks
    public TensorInfo weight(TensorId id) {
        return Optional.ofNullable(weights.get(id))
                .orElseThrow(() -> new IllegalArgumentException("the model has no " + id));
    }

    /// Every weight of a kind the tool knows that this model lacks, with the reason.
    public Map<TensorId, String> absent() {
        return absent;
    }

    /// Whether the file is a SeedΔ file already.
    public boolean carriesPayloads() {
        return carriesPayloads;
    }

    /// The payloads that the file has already, by the weight they stand in for; only of kinds the tool knows.
    public Map<TensorId, Inspection.PayloadRow> payloads() {
        Map<String, Inspection.PayloadRow> byName = new HashMap<>();
        Inspection.payloads(file).forEach(row -> byName.put(row.name() + ".weight", row));
        Map<TensorId, Inspection.PayloadRow> found = new LinkedHashMap<>();
        for (int layer = 0; layer < layerCount; layer++) {
            for (TensorKind kind : TensorKind.values()) {
                Inspection.PayloadRow row = byName.get(kind.weightName(layer));
                if (row != null) {
                    found.put(new TensorId(layer, kind), row);
                }
            }
        }
        return found;
    }

    @Override
    public void close() {
        file.close();
    }
}
