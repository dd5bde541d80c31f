package io.github.seeddelta.scan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.TensorKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// `layer_sensitivity_scan.json`: what every experiment measured, and on what. Rewritten whole after each experiment.
///
/// `layers.L.tensors.T.probes[]` has one entry per setting, `groups[]` those of several tensors; `correlations` the
// rank
/// correlation of each metric with the harm.
final class ScanJson {
    static final int VERSION = 2;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private ScanJson() {}

    /// What the rows of a file were measured with.
    ///
    /// @param fingerprint all that a row depends on beside its own name
    record Meta(String model, String text, int ctx, int chunks, String fingerprint) {}

    static void write(Path file, Meta meta, List<ScanRow> rows) throws IOException {
        ObjectNode out = JSON.objectNode();
        out.put("version", VERSION);
        out.put("model", meta.model);
        ObjectNode m = out.putObject("meta");
        m.put("text", meta.text).put("ctx", meta.ctx).put("chunks", meta.chunks);
        m.put("fingerprint", meta.fingerprint);
        ObjectNode layers = out.putObject("layers");
        ArrayNode groups = JSON.arrayNode();
        for (ScanRow row : rows) {
            if (row.tensors().size() == 1) {
                TensorId id = row.tensors().getFirst();
                layers.withObjectProperty(String.valueOf(id.layer()))
                        .withObjectProperty("tensors")
                        .withObjectProperty(id.kind().jsonName())
                        .withArrayProperty("probes")
                        .add(row(row));
            } else {
                groups.add(row(row));
            }
        }
        out.set("groups", groups);
        out.set("correlations", correlations(rows));
        AtomicText.write(file, out.toPrettyString() + "\n");
    }

    private static ObjectNode row(ScanRow row) {
        ObjectNode out = JSON.objectNode();
        out.put("name", row.name()).put("setting", row.setting());
        ArrayNode tensors = out.putArray("tensors");
        row.tensors().forEach(id -> tensors.add(id.kind().weightName(id.layer())));
        out.put("dense_bytes", row.denseBytes()).put("payload_bytes", row.payloadBytes());
        ObjectNode metrics = out.putObject("metrics");
        row.metrics().forEach((name, value) -> {
            if (Double.isFinite(value)) {
                metrics.put(name, value);
            }
        });
        out.putObject("harm")
                .put("kld_mean", row.kld())
                .put("kld_se", row.kldSe())
                .put("ln_ppl_ratio", row.lnPpl())
                .put("ln_ppl_ratio_se", row.lnPplSe())
                .put("same_top1", row.sameTop1());
        return out;
    }

    private static ArrayNode correlations(List<ScanRow> rows) {
        ArrayNode out = JSON.arrayNode();
        for (Predictors.Line line : Predictors.of(rows)) {
            ObjectNode node = out.addObject().put("metric", line.metric().form());
            line.byGroup().forEach((group, c) -> {
                if (Double.isFinite(c.rho())) {
                    node.putObject(group).put("spearman", c.rho()).put("n", c.n());
                }
            });
        }
        return out;
    }

    /// Rows of an earlier run with the same fingerprint; empty when there are none or the file is no longer readable.
    static List<ScanRow> read(Path file, String fingerprint) throws IOException {
        JsonNode root;
        try {
            root = MAPPER.readTree(Files.readString(file));
        } catch (NoSuchFileException | JsonProcessingException e) {
            return List.of();
        }
        List<ScanRow> rows = new ArrayList<>();
        if (root.path("version").asInt() != VERSION
                || !root.path("meta").path("fingerprint").asText().equals(fingerprint)) {
            return rows;
        }
        for (JsonNode layer : root.path("layers")) {
            for (JsonNode tensor : layer.path("tensors")) {
                tensor.path("probes").forEach(probe -> rows.add(row(probe)));
            }
        }
        root.path("groups").forEach(group -> rows.add(row(group)));
        return rows;
    }

    private static ScanRow row(JsonNode node) {
        List<TensorId> tensors = new ArrayList<>();
        node.path("tensors").forEach(name -> tensors.add(tensor(name.asText()).orElseThrow()));
        SortedMap<String, Double> metrics = new TreeMap<>();
        node.path("metrics")
                .properties()
                .forEach(e -> metrics.put(e.getKey(), e.getValue().asDouble()));
        JsonNode harm = node.path("harm");
        return new ScanRow(
                node.path("name").asText(),
                node.path("setting").asText(),
                tensors,
                node.path("dense_bytes").asLong(),
                node.path("payload_bytes").asLong(),
                metrics,
                harm.path("kld_mean").asDouble(),
                harm.path("kld_se").asDouble(),
                harm.path("ln_ppl_ratio").asDouble(),
                harm.path("ln_ppl_ratio_se").asDouble(),
                harm.path("same_top1").asDouble());
    }

    /// `blk.3.ffn_gate.weight` taken apart.
    private static Optional<TensorId> tensor(String name) {
        String[] parts = name.split("\\.", -1);
        return parts.length == 4
                ? TensorKind.ofJsonName(parts[2]).map(kind -> new TensorId(Integer.parseInt(parts[1]), kind))
                : Optional.empty();
    }
}
