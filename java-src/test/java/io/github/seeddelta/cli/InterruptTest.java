package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Real processes: what Ctrl-C does, and what a second build does.
@Timeout(60)
final class InterruptTest {
    private static final String STAMPING_CMAKE = """
            [ "$1" = -S ] && mkdir -p "$4" && exit 0
            touch %s/started
            while [ ! -e %s/go ]; do sleep 0.05; done
            echo '%s' > "$2/seeddelta-build.json"
            """;

    @TempDir
    Path folder;

    @Test
    void ctrlCEndsTheChildAndExitsWith130() throws Exception {
        FakeHost host = new FakeHost(folder)
                .program("ninja", "exit 0")
                .program("cmake", "echo $$ > " + folder + "/pid\nexec sleep 60");
        Process process = start(host);
        Path pid = folder.resolve("pid");
        waitFor(pid);
        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(130);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(err).endsWith("seeddelta: interrupted\n").doesNotContain("Exception", "build:");
        long child = Long.parseLong(Files.readString(pid).strip());
        ProcessHandle.of(child)
                .ifPresent(handle ->
                        handle.onExit().orTimeout(10, TimeUnit.SECONDS).join());
        assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void aSecondBuildWaitsForTheFirst() throws Exception {
        FakeHost host = new FakeHost(folder)
                .program("ninja", "exit 0")
                .program("cmake", STAMPING_CMAKE.formatted(folder, folder, FakeHost.STAMP));
        Process first = start(host);
        waitFor(folder.resolve("started"));
        Process second = start(host);
        String message = second.errorReader(StandardCharsets.UTF_8).readLine();
        assertThat(message).isEqualTo("another native build is running (process " + first.pid() + "); waiting");
        assertThat(second.isAlive()).isTrue();
        Files.writeString(folder.resolve("go"), "");
        assertThat(first.waitFor()).isZero();
        assertThat(second.waitFor()).isZero();
    }

    /// SIGINT may be ignored where tests run in the background of a script; `env` gives the child the default back.
    private Process start(FakeHost host) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                "/usr/bin/env",
                "--default-signal=INT",
                java.toString(),
                "-Dseeddelta.home=" + host.home(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.github.seeddelta.cli.Main",
                "native",
                "build"));
        builder.environment().clear();
        builder.environment().putAll(Map.copyOf(host.host().variables()));
        return builder.start();
    }

    private static void waitFor(Path file) throws Exception {
        while (!Files.exists(file) || (file.endsWith("pid") && Files.size(file) == 0)) {
            Thread.sleep(20);
        }
    }
}
