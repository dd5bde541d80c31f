package io.github.seeddelta.cli.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ProgressTest {
    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private long now;

    @Test
    void pipedItWritesALineForEveryTenth() {
        try (Progress progress = new Progress(err, Progress.Style.PLAIN, "work", () -> now)) {
            for (int done = 0; done <= 100; done++) {
                progress.update(done, 100, "step");
                now += SECOND;
            }
        }
        assertThat(text().lines()).hasSize(11);
        assertThat(text()).doesNotContain("\r", "\u001b");
        assertThat(text()).contains("work   0% [0/100]\n").contains("work 100% [100/100]\n");
    }

    @Test
    void pipedItSpeaksAtMostOnceASecondBetweenFirstAndLast() {
        try (Progress progress = new Progress(err, Progress.Style.PLAIN, "work", () -> now)) {
            for (int done = 0; done <= 100; done++) {
                progress.update(done, 100, "step");
                now += SECOND / 50;
            }
        }
        assertThat(text().lines()).hasSize(3);
    }

    @Test
    void timeLeftFollowsFromTheTimeTaken() {
        try (Progress progress = new Progress(err, Progress.Style.PLAIN, "work", () -> now)) {
            progress.update(0, 4, "");
            now += 30 * SECOND;
            progress.update(1, 4, "");
        }
        assertThat(text()).endsWith("work  25% [1/4] ETA 1:30\n");
    }

    @Test
    void onATerminalItRewritesOneLineAndClearsIt() {
        try (Progress progress = new Progress(err, Progress.Style.TERMINAL, "work", () -> now)) {
            progress.update(0, 10, "a.o");
            progress.update(1, 10, "b.o");
            now += SECOND;
            progress.update(2, 10, "c.o");
        }
        assertThat(text()).doesNotContain("\n").doesNotContain("b.o");
        assertThat(text()).contains("a.o\u001b[K\r", "c.o\u001b[K").endsWith("\r\u001b[K");
    }

    @Test
    void quietItWritesNothing() {
        try (Progress progress = new Progress(err, Progress.Style.SILENT, "work", () -> now)) {
            progress.update(5, 10, "x");
        }
        assertThat(text()).isEmpty();
    }

    @Test
    void durationsGrowHoursWhenNeeded() {
        assertThat(Progress.duration(59)).isEqualTo("0:59");
        assertThat(Progress.duration(3661)).isEqualTo("1:01:01");
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
