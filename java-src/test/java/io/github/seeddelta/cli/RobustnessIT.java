package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.seeddelta.build.BuildException;
import io.github.seeddelta.build.BuildListener;
import io.github.seeddelta.build.BuildRequest;
import io.github.seeddelta.build.Calibration;
import io.github.seeddelta.build.ModelBuild;
import io.github.seeddelta.build.SizeLimit;
import io.github.seeddelta.cli.frame.Sha256;
import io.github.seeddelta.policy.CliDefaults;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.toy.ToyB;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Builds that are killed, run out of disk, may not write, or lose their source.
@Tag("native")
class RobustnessIT {
    /// `-Dseeddelta.kills=20` for more.
    private static final int KILLS = Integer.getInteger("seeddelta.kills", 4);
    private static final int JOURNAL_FILES = 17; // the request, then payload and measurements of eight tensors

    private static final List<String> WHAT = List.of(
            "--kinds",
            "gate",
            "--K",
            "96",
            "--vals",
            "i8",
            "--base-kind",
            "prng_block",
            "--force-strip-dense",
            "--eval-x",
            "16",
            "--threads",
            "2",
            "--quiet");

    @TempDir
    static Path dir;

    private static Path model;
    private static String undisturbed;

    @BeforeAll
    static void buildUndisturbed() throws IOException {
        model = dir.resolve("toy-b.gguf");
        ToyB.writeModel(model);
        Path output = dir.resolve("undisturbed.gguf");
        finish(output);
        undisturbed = sha256(output);
    }

    /// Each build is killed once a random number of its files is there, and a random moment later.
    @Test
    void aKilledBuildGoesOnToTheSameBytes() throws Exception {
        Random random = new Random(KILLS);
        List<Integer> finished = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            Path output = dir.resolve("killed-" + kill + ".gguf");
            Path journal = journal(output);
            int files = 1 + random.nextInt(JOURNAL_FILES);
            Process process = start(List.of(), output);
            while (process.isAlive() && count(journal) < files) {
                Thread.onSpinWait();
            }
            Thread.sleep(random.nextInt(40));
            process.destroyForcibly();
            boolean killed = process.waitFor() == 137;
            if (killed) {
                assertThat(output).doesNotExist();
                finished.add(count(journal));
            }
            finish(output);
            assertThat(sha256(output))
                    .as("after kill %d at %d files", kill, files)
                    .isEqualTo(undisturbed);
            assertThat(journal).doesNotExist();
            Files.delete(output);
        }
        // a build may end before it is hit, but not every time
        assertThat(finished).isNotEmpty();
        System.out.println("killed " + finished.size() + " builds of " + KILLS + " with these files in the journal: "
                + finished + "; every digest " + undisturbed);
    }

    /// The limit on the size of a file stands for a full disk: the same refusal at the same calls.
    @Test
    void aFullDiskIsOneLineAndTheBuildGoesOnAfterwards() throws Exception {
        Path output = dir.resolve("full.gguf");
        assertRefused(
                start(List.of("/bin/bash", "-c", "ulimit -f 8; exec \"$0\" \"$@\""), output), "full.gguf.journal");
        assertThat(output).doesNotExist();
        // room for payloads and measurements, but not for the model
        assertRefused(
                start(List.of("/bin/bash", "-c", "ulimit -f 2000; exec \"$0\" \"$@\""), output), "full.gguf.part");
        assertThat(output).doesNotExist();
        assertThat(dir.resolve("full.gguf.part")).doesNotExist();
        assertThat(count(journal(output))).isEqualTo(JOURNAL_FILES);
        finish(output);
        assertThat(sha256(output)).isEqualTo(undisturbed);
    }

    /// Nobody may make files in /sys, whoever runs the test.
    @Test
    void aFolderThatCannotBeWrittenToIsOneLine() {
        Run run = call(new Object[] {"build", model, "-o", "/sys/x.gguf", WHAT});
        assertThat(run.exitCode()).as(run.err()).isEqualTo(3);
        assertThat(run.err().lines()).hasSize(1).allMatch(line -> line.contains("/sys/x.gguf"));
        Run inside = call(new Object[] {"build", model, "-o", model.resolve("x.gguf"), WHAT});
        assertThat(inside.exitCode()).as(inside.err()).isBetween(2, 3);
        assertThat(inside.err().lines()).hasSize(1);
    }

    @Test
    void aSourceThatChangesUnderTheBuildIsRefused() throws IOException {
        Path source = dir.resolve("moving.gguf");
        Files.copy(model, source);
        Path output = dir.resolve("moved.gguf");
        AtTheSecondTensor append =
                new AtTheSecondTensor(() -> Files.write(source, new byte[32], StandardOpenOption.APPEND));
        assertThatThrownBy(() -> ModelBuild.run(request(source, output), append))
                .isInstanceOf(BuildException.BadInput.class)
                .hasMessageContaining("moving.gguf: changed while it was being read");
        assertThat(output).doesNotExist();
    }

    /// The second build of one output is refused while the first works, and spoils nothing.
    @Test
    void twoBuildsOfOneOutputDoNotMix() throws IOException {
        Path output = dir.resolve("twice.gguf");
        ModelBuild.run(request(model, output), new AtTheSecondTensor(() -> {
            assertRefused(start(List.of(), output), "twice.gguf: another build is writing it");
            assertThat(output).doesNotExist();
        }));
        assertThat(output).exists();
        assertThat(journal(output)).doesNotExist();
    }

    private static BuildRequest request(Path source, Path output) {
        return new BuildRequest(
                source,
                output,
                Policy.none(),
                Optional.empty(),
                CliDefaults.NONE.with(Keys.K, 96, "--K").with(Keys.STRIP_DENSE, true, "--strip-dense"),
                new BuildRequest.Measurement(16, 16, 1),
                Calibration.NONE,
                true,
                true,
                new BuildRequest.Existing(false, false),
                SizeLimit.NONE,
                false,
                1);
    }

    private interface Step {
        void run() throws Exception;
    }

    private static final class AtTheSecondTensor implements BuildListener {
        private final Step step;
        private boolean done;

        AtTheSecondTensor(Step step) {
            this.step = step;
        }

        @Override
        public void progress(long weights, long total, String what) {
            if (weights > 0 && !done) {
                done = true;
                try {
                    step.run();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
        }

        @Override
        public void warning(String line) {}

        @Override
        public void running(Runnable cancel) {}
    }

    private static void assertRefused(Process process, String named) throws Exception {
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(err).isEqualTo(3);
        assertThat(err.lines().filter(line -> !line.startsWith("note: ")))
                .as(err)
                .hasSize(1)
                .allMatch(line -> line.contains(named));
    }

    private static String sha256(Path file) throws IOException {
        return Sha256.of(file, bytes -> {});
    }

    private static Path journal(Path output) {
        return output.resolveSibling(output.getFileName() + ".journal");
    }

    private static int count(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return (int) files.filter(file -> !file.toString().endsWith(".part") && !file.endsWith("lock"))
                    .count();
        }
    }

    /// The build in a process of its own.
    private static Process start(List<String> before, Path output) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-Dseeddelta.home=" + System.getProperty("seeddelta.home"),
                "-cp",
                System.getProperty("java.class.path"),
                "io.github.seeddelta.cli.Main",
                "build",
                model.toString(),
                "-o",
                output.toString()));
        command.addAll(WHAT);
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void finish(Path output) {
        Run run = call(new Object[] {"build", model, "-o", output, WHAT});
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    /// Lists are spread.
    private static Run call(Object... args) {
        List<String> flat = new ArrayList<>();
        for (Object arg : args) {
            if (arg instanceof List<?> list) {
                list.forEach(each -> flat.add(String.valueOf(each)));
            } else {
                flat.add(String.valueOf(arg));
            }
        }
        return Run.of(new FakeHost(dir.resolve("host")).host(), flat.toArray(String[]::new));
    }
}
