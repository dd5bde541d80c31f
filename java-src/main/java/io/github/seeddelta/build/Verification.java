package io.github.seeddelta.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.nat.DenseWeight;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.MeasureParams;
import io.github.seeddelta.nat.Metrics;
import io.github.seeddelta.nat.Payload;
import io.github.seeddelta.nat.ProgressCell;
import io.github.seeddelta.nat.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A SeedΔ file held against itself and, when the model it was made from is there, against that.
///
/// @param source what `against` is to the file; empty without it
public record Verification(Path file, Optional<String> source, List<Row> payloads) {
    private static final ObjectMapper JSON = new ObjectMapper();
    /// Norms are stored as f32 and summed in another order than they were made.
    private static final double TOLERANCE = 1e-4;

    /// @param problems what is wrong, one sentence each; empty when the payload is as it says
    /// @param recomputed ‖W − Ŵ‖ / ‖W‖ from the model, `stored` the same from the file
    public record Row(
            String name, String digest, Optional<Double> stored, Optional<Double> recomputed, List<String> problems) {
        /// Whether a reader can open the payload at all.
        public boolean readable() {
            return !digest.isEmpty();
        }

        public boolean sound() {
            return problems.isEmpty();
        }
    }

    /// Hears of progress.
    public interface Listener {
        void payload(int done, int total, String name);
    }

    public boolean sound() {
        return payloads.stream().allMatch(Row::sound);
    }

    /// @throws BuildException.BadInput when the file carries no payloads
    /// @throws io.github.seeddelta.nat.NativeException.Input when a file cannot be read
    public static Verification run(
            Path file, Optional<Path> against, int threads, ProgressCell progress, Listener listener) {
        try (GgufModel model = GgufModel.open(file)) {
            JsonNode payloads = parse(model.payloadsJson());
            if (payloads.isEmpty()) {
                throw new BuildException.BadInput(file + ": carries no payloads, so there is nothing to verify");
            }
            if (against.isEmpty()) {
                return new Verification(
                        file,
                        Optional.empty(),
                        rows(payloads, listener, p -> row(model, p, Optional.empty(), threads, progress)));
            }
            try (GgufModel dense = GgufModel.open(against.get())) {
                String stated = parse(model.metadataJson(0))
                        .path("seeddelta.source_sha256")
                        .asText();
                String source = stated.equals(dense.sha256(progress))
                        ? "the source, by its digest"
                        : "another file than the source";
                return new Verification(
                        file,
                        Optional.of(source),
                        rows(payloads, listener, p -> row(model, p, Optional.of(dense), threads, progress)));
            }
        }
    }

    private static List<Row> rows(
            JsonNode payloads, Listener listener, java.util.function.Function<JsonNode, Row> verify) {
        List<Row> rows = new ArrayList<>();
        for (JsonNode payload : payloads) {
            listener.payload(rows.size(), payloads.size(), payload.path("name").asText());
            rows.add(verify.apply(payload));
        }
        listener.payload(rows.size(), payloads.size(), "");
        return rows;
    }

    private static Row row(
            GgufModel model, JsonNode payload, Optional<GgufModel> against, int threads, ProgressCell progress) {
        String name = payload.path("name").asText();
        if (payload.path("problem").isTextual()) {
            return new Row(
                    name,
                    "",
                    Optional.empty(),
                    Optional.empty(),
                    List.of(payload.path("problem").asText()));
        }
        List<String> problems = new ArrayList<>();
        JsonNode stored = payload.path("stored");
        try (Payload opened = Payload.ofModel(model, name)) {
            String digest = opened.sha256();
            String stated = payload.path("params").path("sha256").asText();
            if (!digest.equals(stated)) {
                problems.add("its bytes have the digest " + digest + ", the file states "
                        + (stated.isEmpty() ? "none" : stated));
            }
            Optional<Metrics> measured =
                    against.flatMap(dense -> measure(dense, name, payload, opened, threads, progress, problems));
            measured.ifPresent(m -> compare(stored, m, problems));
            return new Row(
                    name,
                    digest,
                    ratio(
                            stored.path("norm_err").asDouble(Double.NaN),
                            stored.path("norm_w").asDouble(Double.NaN)),
                    measured.flatMap(m -> ratio(m.normErr(), m.normW())),
                    problems);
        }
    }

    private static Optional<Metrics> measure(
            GgufModel dense,
            String name,
            JsonNode payload,
            Payload opened,
            int threads,
            ProgressCell progress,
            List<String> problems) {
        Map<String, TensorInfo> byName =
                dense.tensors().stream().collect(Collectors.toMap(TensorInfo::name, tensor -> tensor));
        TensorInfo tensor = byName.get(name + ".weight");
        List<Long> shape =
                List.of(payload.path("n_in").asLong(), payload.path("n_out").asLong());
        if (tensor == null || !tensor.shape().equals(shape)) {
            problems.add(
                    dense.path() + " has " + (tensor == null ? "no " + name + ".weight" : "it as " + tensor.shape())
                            + ", the payload is for " + shape);
            return Optional.empty();
        }
        try (DenseWeight weight = DenseWeight.open(dense, name + ".weight", threads)) {
            return Optional.of(Metrics.measure(weight, opened, new MeasureParams(0, 0, 0, threads), progress));
        }
    }

    private static void compare(JsonNode stored, Metrics measured, List<String> problems) {
        close("norm_w", stored.path("norm_w"), measured.normW(), measured.normW(), problems);
        close("norm_hat", stored.path("norm_hat"), measured.normHat(), measured.normW(), problems);
        close("norm_err", stored.path("norm_err"), measured.normErr(), measured.normW(), problems);
    }

    private static void close(String key, JsonNode stored, double measured, double scale, List<String> problems) {
        double stated = stored.asDouble(Double.NaN);
        if (!(Math.abs(stated - measured) <= TOLERANCE * Math.max(scale, Double.MIN_NORMAL))) {
            problems.add(String.format(Locale.ROOT, "%s is %.6g, the file states %.6g", key, measured, stated));
        }
    }

    private static Optional<Double> ratio(double a, double b) {
        return Double.isFinite(a) && b > 0 ? Optional.of(a / b) : Optional.empty();
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the native library describes a file in broken JSON", e);
        }
    }
}
