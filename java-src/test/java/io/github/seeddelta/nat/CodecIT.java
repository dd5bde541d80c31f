package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The owner classes over libseeddelta, from a dense file to a SeedΔ file and back.
@Tag("native")
class CodecIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final EncodeParams PARAMS =
            new EncodeParams("none", "coo", 7, 16, 16, EncodeParams.Value.F16, EncodeParams.RowScale.F16, 1, false);

    @TempDir
    Path dir;

    private GgufModel model;
    private ProgressCell progress;

    @BeforeEach
    void open() throws IOException {
        model = GgufModel.open(TinyModel.write(dir.resolve("tiny.gguf")));
        progress = new ProgressCell();
    }

    @AfterEach
    void close() {
        progress.close();
        model.close();
    }

    @Test
    void fileIsDescribed() throws IOException, NoSuchAlgorithmException {
        byte[] bytes = Files.readAllBytes(model.path());
        assertThat(model.sizeBytes()).isEqualTo(bytes.length);
        assertThat(model.sha256(progress))
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
        assertThat(progress.done()).isEqualTo(bytes.length);
        TensorInfo gate = tensor(model, TinyModel.GATE);
        assertThat(gate.type()).isEqualTo("f32");
        assertThat(gate.shape()).containsExactly((long) TinyModel.EMBEDDING, (long) TinyModel.FEED_FORWARD);
        assertThat(gate.sizeBytes()).isEqualTo(4L * TinyModel.EMBEDDING * TinyModel.FEED_FORWARD);
        assertThat(gate.dequantizable()).isTrue();
        JsonNode metadata = JSON.readTree(model.metadataJson(4));
        assertThat(metadata.path("general.architecture").asText()).isEqualTo("llama");
        assertThat(metadata.path("tokenizer.ggml.tokens").path("length").asInt())
                .isEqualTo(259);
        assertThat(JSON.readTree(model.payloadsJson())).isEmpty();
    }

    @Test
    void weightBecomesAPayloadAndAFile() throws IOException {
        Path saved = dir.resolve("gate.payload");
        Path file = dir.resolve("sd.gguf");
        try (DenseWeight weight = DenseWeight.open(model, TinyModel.GATE, 1);
                FittedBase base = FittedBase.fit(weight, PARAMS, progress);
                Payload payload = Payload.encode(base, PARAMS, progress)) {
            assertThat(base.stats().share()).isBetween(0.0, 1.0);
            assertThat(payload.sizeBytes())
                    .isEqualTo(Payload.planBytes(TinyModel.FEED_FORWARD, TinyModel.EMBEDDING, PARAMS));
            payload.save(saved);
            Metrics metrics = Metrics.measure(weight, payload, new MeasureParams(0, 8, 1, 1), progress);
            assertThat(metrics.cos().mean()).isBetween(0.1, 0.9999);
            assertThat(metrics.cosX().mean()).isBetween(0.1, 0.9999);
            assertThat(metrics.normErr()).isLessThan(metrics.normW());
            assertThat(metrics.opsRatio()).isBetween(0.01, 1.0);
        }
        try (Payload payload = Payload.load(saved);
                GgufWriter writer = GgufWriter.open(model)) {
            writer.setString("seeddelta.test", "añadido");
            writer.addPayload(TinyModel.GATE, payload, true);
            long plannedBytes = writer.planBytes();
            writer.write(file, progress);
            assertThat(Files.size(file)).isEqualTo(plannedBytes);
        }
        try (GgufModel written = GgufModel.open(file)) {
            JsonNode payloads = JSON.readTree(written.payloadsJson());
            assertThat(payloads).hasSize(1);
            assertThat(payloads.path(0).path("name").asText()).isEqualTo("blk.1.ffn_gate");
            assertThat(payloads.path(0).path("stripped").asBoolean()).isTrue();
            assertThat(payloads.path(0).path("problem").isNull()).isTrue();
            assertThat(written.tensors()).extracting(TensorInfo::name).doesNotContain(TinyModel.GATE);
            assertThat(JSON.readTree(written.metadataJson(0))
                            .path("seeddelta.test")
                            .asText())
                    .isEqualTo("añadido");
        }
    }

    @Test
    void parentsWaitForTheirChildren() {
        DenseWeight weight = DenseWeight.open(model, TinyModel.GATE, 1);
        FittedBase base = FittedBase.fit(weight, PARAMS, progress);
        assertThatThrownBy(model::close).hasMessage("close weight " + TinyModel.GATE + " before model " + model.path());
        assertThatThrownBy(weight::close)
                .hasMessage("close base none of weight " + TinyModel.GATE + " before weight " + TinyModel.GATE);
        base.close();
        weight.close();
        assertThatThrownBy(() -> weight.setImportance(new float[TinyModel.EMBEDDING], 1, 0))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void mistakesAreOneLineOfTheRightKind() {
        assertThatThrownBy(() -> DenseWeight.open(model, "blk.9.ffn_gate.weight", 1))
                .isInstanceOf(NativeException.class)
                .hasMessageContaining("blk.9.ffn_gate.weight");
        EncodeParams unknown =
                new EncodeParams("no-such-base", "coo", 7, 16, 16, PARAMS.value(), PARAMS.rowScale(), 1, false);
        assertThatThrownBy(() -> Payload.planBytes(8, 64, unknown))
                .isInstanceOf(NativeException.Usage.class)
                .hasMessageContaining("no-such-base");
        assertThatThrownBy(() -> GgufModel.open(dir)).isInstanceOf(NativeException.class);
        try (DenseWeight weight = DenseWeight.open(model, TinyModel.GATE, 1)) {
            assertThatThrownBy(() -> weight.setImportance(new float[3], 1, 0)).isInstanceOf(NativeException.class);
        }
    }

    @Test
    void cancelledCallThrowsAndLeavesNoFile() throws IOException {
        Path file = dir.resolve("sd.gguf");
        progress.cancel();
        try (GgufWriter writer = GgufWriter.open(model)) {
            assertThatThrownBy(() -> writer.write(file, progress)).isInstanceOf(NativeException.Cancelled.class);
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void librariesDescribeThemselves() throws IOException {
        JsonNode build = JSON.readTree(LibraryInfo.buildJson());
        assertThat(build.path("bases")).extracting(JsonNode::asText).contains("none");
        assertThat(build.path("schemes")).extracting(JsonNode::asText).contains("coo", "block");
        assertThat(build.path("pin_tag").asText())
                .contains(LibraryInfo.llamaVersion().replace("-dev", ""));
        assertThat(JSON.readTree(LibraryInfo.cpuJson()).path("isa").asText()).isNotEmpty();
        assertThat(LibraryInfo.llamaSystemInfo()).contains("CPU");
    }

    private static TensorInfo tensor(GgufModel model, String name) {
        List<TensorInfo> found =
                model.tensors().stream().filter(t -> t.name().equals(name)).toList();
        assertThat(found).as(name).hasSize(1);
        return found.getFirst();
    }
}
