package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Our scores against the digits that llama-perplexity of the same build prints.
@Tag("native")
class ChunkScorerIT {
    private static final int THREADS = 2;
    private static final int UPSTREAM_RETRIES = 20;
    private static final int TEXT_BYTES = 9000;
    private static final Pattern PRINTED = Pattern.compile("\\[\\d+\\](\\d+\\.\\d{4}),");
    private static final Pattern FINAL = Pattern.compile("Final estimate: (PPL = .*)");

    @TempDir
    static Path dir;

    private static Path text;
    private static LlamaModel model;

    @BeforeAll
    static void load() throws IOException {
        text = dir.resolve("text.txt");
        SplittableRandom random = new SplittableRandom(3);
        StringBuilder words = new StringBuilder();
        while (words.length() < TEXT_BYTES) {
            words.append((char) ('a' + random.nextInt(26))).append(random.nextInt(5) == 0 ? " \\n ñ " : "");
        }
        Files.writeString(text, words.append("\n\n"), StandardCharsets.UTF_8);
        model = LlamaModel.load(TinyModel.write(dir.resolve("tiny.gguf")));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /// Four chunks in one batch; a last group that is not full; an odd context; one chunk in several batches; a batch
    /// that ends before the scored half begins; the shortest context.
    @ParameterizedTest
    @CsvSource({"512, 4", "128, 21", "333, 7", "8, 300", "2049, 2", "4096, 2"})
    void digitsAreThoseOfLlamaPerplexity(int ctx, int chunks) throws IOException, InterruptedException {
        String upstream = upstream(ctx, chunks);
        List<Double> nll = new ArrayList<>();
        List<String> running = new ArrayList<>();
        try (ChunkScorer scorer = open(ctx, chunks)) {
            assertThat(scorer.chunks()).isEqualTo(chunks);
            for (int group = 0; group < scorer.groups(); group++) {
                for (ChunkLogits chunk : scorer.decode(group)) {
                    for (double value : chunk.nll(THREADS)) {
                        nll.add(value);
                    }
                    running.add(digits(Math.exp(mean(nll))));
                }
            }
        }
        assertThat(running)
                .containsExactlyElementsOf(
                        PRINTED.matcher(upstream).results().map(r -> r.group(1)).toList());
        assertThat(finalEstimate(nll)).isEqualTo(finalPrinted(upstream));
    }

    @Test
    void anyGroupCanBeDecodedAtAnyTime() throws IOException {
        try (ChunkScorer scorer = open(128, 40)) {
            List<double[]> inOrder = new ArrayList<>();
            for (int group = 0; group < scorer.groups(); group++) {
                scorer.decode(group).forEach(chunk -> inOrder.add(chunk.nll(1)));
            }
            assertThat(inOrder).hasSize(40);
            for (int group = scorer.groups() - 1; group >= 0; group--) {
                for (ChunkLogits chunk : scorer.decode(group)) {
                    assertThat(chunk.nll(THREADS)).containsExactly(inOrder.get(chunk.chunk()));
                }
            }
        }
    }

    @Test
    void twoScorersKeepTheirRows() throws IOException {
        try (ChunkScorer base = open(512, 2);
                ChunkScorer other = open(512, 2)) {
            ChunkLogits first = base.decode(0).getFirst();
            double[] before = first.nll(1);
            ChunkLogits second = other.decode(0).getFirst();
            assertThat(second.rows().address()).isNotEqualTo(first.rows().address());
            assertThat(second.rows().mismatch(first.rows())).isEqualTo(-1);
            assertThat(first.nll(1)).containsExactly(before);
        }
    }

    @Test
    void scoresAreTheSoftmaxOfTheRows() throws IOException {
        try (ChunkScorer scorer = open(64, 1)) {
            ChunkLogits chunk = scorer.decode(0).getFirst();
            double[] nll = chunk.nll(1);
            assertThat(nll).hasSize(scorer.scoredTokens()).hasSize(31);
            for (int row = 0; row < nll.length; row++) {
                double sum = 0;
                for (int token = 0; token < chunk.vocabSize(); token++) {
                    sum += Math.exp(logit(chunk, row, token));
                }
                assertThat(nll[row]).isCloseTo(Math.log(sum) - logit(chunk, row, chunk.targets()[row]), within(1e-5));
            }
        }
    }

    @Test
    void shortTextIsRefused() {
        int[] tokens = new int[1023];
        assertThatThrownBy(() -> ChunkScorer.open(model, tokens, new ChunkParams(512, 1, THREADS)))
                .isInstanceOf(NativeException.Input.class)
                .hasMessage("the text is too short: 1023 tokens, a context of 512 needs at least 1024;"
                        + " use a longer text or a smaller --ctx");
    }

    @Test
    void contextsThatLlamaCppCannotBatchAreRefused() {
        assertThatThrownBy(() -> new ChunkParams(7, 1, THREADS))
                .isInstanceOf(NativeException.Usage.class)
                .hasMessage("a context of 7 tokens is too short; use at least 8");
        assertThatThrownBy(() -> new ChunkParams(8, 0, THREADS)).isInstanceOf(NativeException.Usage.class);
    }

    @Test
    void contextRefusesToOutliveItsModel() throws IOException {
        try (ChunkScorer scorer = open(64, 1)) {
            assertThatThrownBy(model::close)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("context of");
            assertThat(scorer.decode(0)).hasSize(1);
        }
    }

    private static ChunkScorer open(int ctx, int chunks) throws IOException {
        int[] tokens = ChunkScorer.tokenize(model, ChunkScorer.readText(text));
        return ChunkScorer.open(model, tokens, new ChunkParams(ctx, chunks, THREADS));
    }

    /// The tool does not wait for the thread that writes its log, so on a busy machine the last lines are missing now
    /// and then; then it is run again.
    private static String upstream(int ctx, int chunks) throws IOException, InterruptedException {
        String printed = runUpstream(ctx, chunks);
        for (int retry = 0; retry < UPSTREAM_RETRIES && !FINAL.matcher(printed).find(); retry++) {
            printed = runUpstream(ctx, chunks);
        }
        return printed;
    }

    private static String runUpstream(int ctx, int chunks) throws IOException, InterruptedException {
        Path output = dir.resolve("upstream-" + ctx + ".log");
        int exitValue = new ProcessBuilder(
                        NativeDirectory.find().resolve("llama-perplexity").toString(),
                        "-m",
                        model.path().toString(),
                        "-f",
                        text.toString(),
                        "-c",
                        Integer.toString(ctx),
                        "--chunks",
                        Integer.toString(chunks),
                        "-t",
                        Integer.toString(THREADS))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start()
                .waitFor();
        String printed = Files.readString(output);
        assertThat(exitValue).as(printed).isZero();
        return printed;
    }

    private static String finalPrinted(String upstream) {
        Matcher matcher = FINAL.matcher(upstream);
        assertThat(matcher.find()).as(upstream).isTrue();
        return matcher.group(1).strip();
    }

    private static String finalEstimate(List<Double> nll) {
        double mean = mean(nll);
        double meanSquare = nll.stream().mapToDouble(v -> v * v).sum() / nll.size();
        double error = Math.sqrt((meanSquare - mean * mean) / (nll.size() - 1));
        return String.format(Locale.ROOT, "PPL = %.4f +/- %.5f", Math.exp(mean), error * Math.exp(mean));
    }

    private static double mean(List<Double> nll) {
        return nll.stream().mapToDouble(v -> v).sum() / nll.size();
    }

    private static String digits(double ppl) {
        return String.format(Locale.ROOT, "%.4f", ppl);
    }

    private static double logit(ChunkLogits chunk, int row, int token) {
        return chunk.rows().getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * chunk.vocabSize() + token);
    }
}
