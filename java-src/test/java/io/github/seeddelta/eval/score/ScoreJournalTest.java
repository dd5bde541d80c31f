package io.github.seeddelta.eval.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.stats.KldTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreJournalTest {
    private static final JournalKey FIRST = new JournalKey("aa", "bb", 512, 0, "isa=scalar");
    private static final JournalKey SECOND = new JournalKey("aa", "bb", 512, 1, "isa=scalar");
    private static final double[] NLL = {0.1, 1.0 / 3, Double.MIN_VALUE, Double.NaN};

    @TempDir
    private Path dir;

    private Path file;

    @BeforeEach
    void name() {
        file = dir.resolve("chunks.jsonl");
    }

    @Test
    void scores_come_back_bit_for_bit() throws IOException {
        KldTokens kld = new KldTokens(
                new double[] {0, 1e-300, 2, 3},
                new double[] {0.1, 0.2, 0.3, 0.4},
                new double[] {0.4, 0.3, 0.2, 0.1},
                new boolean[] {true, false, true, true});
        try (ScoreJournal j = ScoreJournal.open(file)) {
            j.put(FIRST, ChunkScores.ofNllAndKld(NLL, kld));
            j.put(SECOND, ChunkScores.ofNll(new double[] {7}));
        }
        try (ScoreJournal j = ScoreJournal.open(file)) {
            assertThat(j.size()).isEqualTo(2);
            ChunkScores back = j.get(FIRST).orElseThrow();
            assertThat(back.nll()).containsExactly(NLL);
            assertThat(back.kld().orElseThrow().kld()).containsExactly(kld.kld());
            assertThat(back.kld().orElseThrow().pModel()).containsExactly(kld.pModel());
            assertThat(back.kld().orElseThrow().sameTop1()).containsExactly(kld.sameTop1());
            assertThat(j.get(SECOND).orElseThrow().kld()).isEmpty();
        }
    }

    @Test
    void every_part_of_the_key_counts() throws IOException {
        try (ScoreJournal j = ScoreJournal.open(file)) {
            j.put(FIRST, ChunkScores.ofNll(NLL));
            assertThat(List.of(
                            new JournalKey("ax", "bb", 512, 0, "isa=scalar"),
                            new JournalKey("aa", "bx", 512, 0, "isa=scalar"),
                            new JournalKey("aa", "bb", 256, 0, "isa=scalar"),
                            SECOND,
                            new JournalKey("aa", "bb", 512, 0, "isa=avx2")))
                    .allSatisfy(k -> assertThat(j.get(k)).isEmpty());
        }
    }

    @Test
    void a_cut_last_line_is_dropped_and_writing_goes_on() throws IOException {
        long wholeBytes;
        try (ScoreJournal j = ScoreJournal.open(file)) {
            j.put(FIRST, ChunkScores.ofNll(NLL));
            wholeBytes = Files.size(file);
            j.put(SECOND, ChunkScores.ofNll(NLL));
        }
        byte[] bytes = Files.readAllBytes(file);
        for (long cut = wholeBytes + 1; cut < bytes.length; cut += 7) {
            Files.write(file, Arrays.copyOf(bytes, (int) cut));
            try (ScoreJournal j = ScoreJournal.open(file)) {
                assertThat(j.size()).as("cut at %d", cut).isEqualTo(1);
                j.put(SECOND, ChunkScores.ofNll(NLL));
            }
            assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
        }
    }

    @Test
    void nothing_of_a_cut_line_stays_behind_a_shorter_one() throws IOException {
        try (ScoreJournal j = ScoreJournal.open(file)) {
            j.put(FIRST, ChunkScores.ofNll(NLL));
            j.put(SECOND, ChunkScores.ofNll(new double[255]));
        }
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        try (ScoreJournal j = ScoreJournal.open(file)) {
            j.put(SECOND, ChunkScores.ofNll(NLL));
        }
        assertThat(Files.readAllLines(file)).hasSize(2).allMatch(l -> JournalLine.decode(l)
                .isPresent());
    }

    @Test
    void a_damaged_last_line_with_its_line_feed_is_dropped_too() throws IOException {
        try (ScoreJournal j = ScoreJournal.open(file)) {
            j.put(FIRST, ChunkScores.ofNll(NLL));
            j.put(SECOND, ChunkScores.ofNll(NLL));
        }
        String text = Files.readString(file);
        int at = text.lastIndexOf("\"nll\":\"") + 10;
        Files.writeString(file, text.substring(0, at) + (text.charAt(at) == 'B' ? 'C' : 'B') + text.substring(at + 1));
        try (ScoreJournal j = ScoreJournal.open(file)) {
            assertThat(j.get(FIRST)).isPresent();
            assertThat(j.get(SECOND)).isEmpty();
        }
    }

    @Test
    void damage_before_the_last_line_is_an_error_that_says_what_to_do() throws IOException {
        try (ScoreJournal j = ScoreJournal.open(file)) {
            j.put(FIRST, ChunkScores.ofNll(NLL));
            j.put(SECOND, ChunkScores.ofNll(NLL));
        }
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("\"ctx\":512", "\"ctx\":513"));
        assertThatThrownBy(() -> ScoreJournal.open(file))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("line 1")
                .hasMessageContaining("delete the file");
    }

    @Test
    void two_evaluations_cannot_share_a_journal() throws IOException {
        try (ScoreJournal j = ScoreJournal.open(file)) {
            assertThatThrownBy(() -> ScoreJournal.open(file)).hasMessageContaining("another evaluation");
            j.put(FIRST, ChunkScores.ofNll(NLL));
        }
        try (ScoreJournal j = ScoreJournal.open(file)) {
            assertThat(j.size()).isEqualTo(1);
        }
    }

    @Test
    void a_line_is_json_on_its_own() throws IOException {
        try (ScoreJournal j = ScoreJournal.open(file)) {
            j.put(FIRST, ChunkScores.ofNll(NLL));
        }
        Files.write(file, "{\"v\":1,".getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2);
        assertThat(JournalLine.decode(lines.getFirst())).isPresent();
        assertThat(JournalLine.decode(lines.getLast())).isEmpty();
        assertThat(JournalLine.decode("[]")).isEmpty();
    }
}
