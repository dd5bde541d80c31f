package io.github.seeddelta.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.TensorKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final TensorId TENSOR = new TensorId(3, TensorKind.FFN_DOWN);

    @TempDir
    Path dir;

    private Path output;

    @BeforeEach
    void nameTheOutput() {
        output = dir.resolve("x.gguf");
    }

    @Test
    void theSameRequestFindsWhatWasFinished() {
        try (Journal journal = Journal.open(output, "a")) {
            journal.finish(TENSOR, List.of());
        }
        try (Journal journal = Journal.open(output, "a")) {
            assertThat(journal.attempts(TENSOR)).contains(List.of());
        }
    }

    @Test
    void anotherRequestBeginsAgain() {
        try (Journal journal = Journal.open(output, "a")) {
            journal.finish(TENSOR, List.of());
        }
        try (Journal journal = Journal.open(output, "b")) {
            assertThat(journal.attempts(TENSOR)).isEmpty();
        }
    }

    @Test
    void aSecondBuildIsRefusedWhateverItAsksFor() {
        try (Journal journal = Journal.open(output, "a")) {
            journal.finish(TENSOR, List.of());
            assertThatThrownBy(() -> Journal.open(output, "b"))
                    .isInstanceOf(BuildException.class)
                    .hasMessageContaining("x.gguf: another build is writing it");
            assertThat(journal.attempts(TENSOR)).contains(List.of());
        }
    }

    @Test
    void nothingIsLeftOfAFinishedBuild() throws IOException {
        try (Journal journal = Journal.open(output, "a")) {
            journal.finish(TENSOR, List.of());
            journal.delete();
        }
        assertThat(dir).isEmptyDirectory();
        try (Journal journal = Journal.open(output, "a")) {
            assertThat(journal.attempts(TENSOR)).isEmpty();
        }
    }
}
