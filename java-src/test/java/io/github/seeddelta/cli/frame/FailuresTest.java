package io.github.seeddelta.cli.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

final class FailuresTest {
    @Test
    void eachKindHasItsExitCode() {
        assertThat(Failures.of(new CliException.Usage("u")).exitCode()).isEqualTo(2);
        assertThat(Failures.of(new CliException.BadInput("b")).exitCode()).isEqualTo(3);
        assertThat(Failures.of(new CliException.CheckFailed("c")).exitCode()).isEqualTo(4);
        assertThat(Failures.of(new CliException.Failed("f")).exitCode()).isEqualTo(1);
        assertThat(Failures.of(new CliException.Interrupted()).exitCode()).isEqualTo(130);
        assertThat(Failures.of(new NoSuchFileException("m.gguf")).exitCode()).isEqualTo(3);
        assertThat(Failures.of(new AccessDeniedException("m.gguf")).exitCode()).isEqualTo(3);
        assertThat(Failures.of(new IllegalStateException("x")).exitCode()).isEqualTo(1);
    }

    @Test
    void wrappedFailuresAreSeenThrough() {
        Failures failure = Failures.of(new UncheckedIOException(new NoSuchFileException("m.gguf")));
        assertThat(failure).isEqualTo(new Failures(3, "m.gguf: no such file or folder"));
    }

    @Test
    void theTextIsAlwaysOneLine() {
        assertThat(Failures.of(new IOException("disk\n  is full\n")).line()).isEqualTo("input/output: disk is full");
        assertThat(Failures.of(new NullPointerException()).line())
                .isEqualTo("internal error: NullPointerException; --debug shows where");
    }
}
