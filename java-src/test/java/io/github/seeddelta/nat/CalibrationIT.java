package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.bindings.sd.CollectC;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Calibration data of the embedded model, held against llama-imatrix of the same build.
@Tag("native")
class CalibrationIT {
    private static final int THREADS = 2;
    private static final String GATE = "blk.3.ffn_gate.weight";
    private static final int N_IN = 192;

    @TempDir
    static Path dir;

    private static Path model;
    private static Path text;

    @BeforeAll
    static void files() throws IOException {
        model = dir.resolve("toy-b.gguf");
        text = dir.resolve("text.txt");
        copy("/models/toy-b.gguf", model);
        copy("/toy/toy-b-calibration.txt", text);
    }

    /// Chunks side by side with a last group that is not full; an odd context; a chunk in several batches.
    @ParameterizedTest
    @CsvSource({"256, 10", "333, 7", "2200, 1"})
    void imatrixIsTheOneOfLlamaImatrix(int ctx, int chunks) throws IOException, InterruptedException {
        Path ours = dir.resolve("ours.gguf");
        collect(
                CollectParams.imatrix(ctx, THREADS),
                chunks,
                collector -> collector.saveImatrix(ours, List.of(text.toString())));
        assertThat(Files.readAllBytes(ours)).isEqualTo(Files.readAllBytes(upstream(ctx, chunks)));
    }

    @Test
    void momentsAgreeWithTheImatrixOfTheSamePass() throws IOException {
        Path imatrix = dir.resolve("both.gguf");
        Path moments = dir.resolve("moments.gguf");
        collect(new CollectParams(true, 8, 256, 5, THREADS, 0), 4, collector -> {
            collector.saveImatrix(imatrix, List.of("text"));
            collector.saveMoments(moments, new Collector.Provenance("toy", "", "text", "", 4));
        });
        try (GgufModel opened = GgufModel.open(model);
                ImatrixFile importance = ImatrixFile.open(imatrix);
                MomentsFile file = MomentsFile.open(moments);
                DenseWeight weight = DenseWeight.open(opened, GATE, THREADS)) {
            importance.check(opened);
            file.check(opened, "");
            assertThat(importance.importance(GATE).orElseThrow()).hasSize(N_IN);
            assertThat(importance.importance("blk.3.no_such.weight")).isEmpty();
            assertThat(file.infoJson()).contains("\"samples\":8").contains("blk.3.ffn_in");
            assertThat(weight.setMoments(file)).isTrue();
        }
    }

    @Test
    void anImatrixOfAnotherModelIsRefused() throws IOException {
        Path imatrix = dir.resolve("toy.gguf");
        collect(CollectParams.imatrix(256, THREADS), 1, c -> c.saveImatrix(imatrix, List.of("text")));
        try (GgufModel tiny = GgufModel.open(TinyModel.write(dir.resolve("tiny.gguf")));
                ImatrixFile file = ImatrixFile.open(imatrix)) {
            assertThatThrownBy(() -> file.check(tiny)).isInstanceOf(NativeException.Input.class);
        }
    }

    @Test
    void memoryIsLimitedBeforeTheWork() {
        try (GgufModel opened = GgufModel.open(model)) {
            CollectParams params = new CollectParams(true, 0, 256, 1, THREADS, 1 << 20);
            assertThat(Collector.plan(opened, params).memoryBytes()).isGreaterThan(1 << 20);
            assertThatThrownBy(() -> Collector.open(opened, params).close())
                    .isInstanceOf(NativeException.Usage.class)
                    .hasMessageContaining("the limit is 1 MiB");
        }
    }

    @Test
    void shortTextIsRefused() {
        assertThatThrownBy(() -> collect(CollectParams.imatrix(256, THREADS), new int[255], 1, c -> {}))
                .isInstanceOf(NativeException.Input.class)
                .hasMessage(
                        "the text is too short: 255 tokens, a chunk needs 256; use a longer text or a smaller --ctx");
    }

    @Test
    void theStructsAreThoseOfTheLibrary() {
        NativeLibraries.loadCodec();
        assertThat(CollectC.sd_collect_struct_size(99)).isEqualTo(-1);
    }

    private interface Save {
        void from(Collector collector);
    }

    private static void collect(CollectParams params, int chunks, Save save) throws IOException {
        collect(params, new int[0], chunks, save);
    }

    /// @param given tokens instead of the text's, unless empty
    private static void collect(CollectParams params, int[] given, int chunks, Save save) throws IOException {
        try (LlamaModel loaded = LlamaModel.load(model);
                GgufModel opened = GgufModel.open(model);
                Collector collector = Collector.open(opened, params)) {
            int[] tokens = given.length > 0 ? given : ChunkScorer.tokenize(loaded, ChunkScorer.readText(text));
            try (CalibrationPass pass =
                    CalibrationPass.open(loaded, collector, tokens, new ChunkParams(params.ctx(), chunks, THREADS))) {
                for (int group = 0; group < pass.groups(); group++) {
                    pass.decode(group);
                }
                assertThat(pass.chunks()).isEqualTo(chunks);
            }
            save.from(collector);
        }
    }

    private static Path upstream(int ctx, int chunks) throws IOException, InterruptedException {
        Path output = dir.resolve("upstream.gguf");
        Path log = dir.resolve("upstream.log");
        int exitValue = new ProcessBuilder(
                        NativeDirectory.find().resolve("llama-imatrix").toString(),
                        "-m",
                        model.toString(),
                        "-f",
                        text.toString(),
                        "-o",
                        output.toString(),
                        "-c",
                        Integer.toString(ctx),
                        "--chunks",
                        Integer.toString(chunks),
                        "-t",
                        Integer.toString(THREADS))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(exitValue).as(Files.readString(log)).isZero();
        return output;
    }

    private static void copy(String resource, Path file) throws IOException {
        try (var in = CalibrationIT.class.getResourceAsStream(resource)) {
            assertThat(in).as(resource).isNotNull();
            Files.copy(in, file);
        }
    }
}
