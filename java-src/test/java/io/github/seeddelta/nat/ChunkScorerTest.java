package io.github.seeddelta.nat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChunkScorerTest {
    @TempDir
    Path dir;

    /// As `-f` of llama.cpp's tools does. `|` stands for a newline.
    @ParameterizedTest
    @CsvSource({"a||, a|", "a|, a", "a, a", "|, ''", "'', ''", "|a, |a"})
    void oneNewlineAtTheEndIsNoPartOfTheText(String file, String text) throws IOException {
        Path path = Files.writeString(dir.resolve("text"), file.replace('|', '\n'));
        assertThat(ChunkScorer.readText(path)).asString().isEqualTo(text.replace('|', '\n'));
    }
}
