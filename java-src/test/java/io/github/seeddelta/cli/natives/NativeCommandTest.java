package io.github.seeddelta.cli.natives;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.seeddelta.cli.FakeHost;
import io.github.seeddelta.cli.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `native` against a CMake that is a script: what is called, what is said, what is left.
final class NativeCommandTest {
    private static final String GOOD_CMAKE = """
            echo "cmake $*" >> calls
            case "$1" in
              -S) mkdir -p "$4" ;;
              --build)
                echo "${NINJA_STATUS}" > ninja-status
                echo "[0/2] Re-checking"
                echo "[1/2] Building a.o"
                echo "[2/2] Linking lib.so"
                echo '%s' > "$2/seeddelta-build.json" ;;
            esac
            """.formatted(FakeHost.STAMP);

    @TempDir
    Path folder;

    private FakeHost host;

    @BeforeEach
    void machine() {
        host = new FakeHost(folder).program("cmake", GOOD_CMAKE).program("ninja", "exit 0");
    }

    @Test
    void buildConfiguresThenBuildsAndReportsSteps() throws IOException {
        Run run = Run.of(host.host(), "native", "build");
        Path fork = host.home().resolve("build/fork");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(fork + "\n");
        assertThat(run.err()).contains("native fork   0% [0/2]", "native fork 100% [2/2]");
        assertThat(Files.readAllLines(host.home().resolve("calls")))
                .containsExactly(
                        "cmake -S " + host.home().resolve("native") + " -B " + fork
                                + " -G Ninja -DCMAKE_BUILD_TYPE=Release -DSEEDDELTA_LLAMA_VARIANT=fork",
                        "cmake --build " + fork);
        assertThat(host.home().resolve("ninja-status")).hasContent("[%f/%t] ");
        assertThat(host.home().resolve("build/logs/native-fork.log")).content().contains("[1/2] Building a.o");
    }

    @Test
    void quietBuildsSayNothing() {
        assertThat(Run.of(host.host(), "native", "build", "--quiet").err()).isEmpty();
    }

    @Test
    void theReferenceHasItsOwnFolder() throws IOException {
        Run run = Run.of(host.host(), "native", "build", "--reference");
        assertThat(run.exitCode()).isZero();
        assertThat(host.home().resolve("build/fork")).doesNotExist();
        assertThat(Files.readString(host.home().resolve("calls"))).contains("-DSEEDDELTA_LLAMA_VARIANT=reference");
    }

    @Test
    void aFailingBuildIsOneLineWithTheReasonAndTheLog() {
        host.program("cmake", "[ \"$1\" = -S ] && exit 0\necho 'a.cpp:1:2: error: no'\necho 'ninja: stopped'\nexit 1");
        Run run = Run.of(host.host(), "native", "build", "--quiet");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("seeddelta: native fork build: a.cpp:1:2: error: no; full log: "
                        + host.home().resolve("build/logs/native-fork.log") + "\n");
    }

    @Test
    void aBuildThatLeavesNoStampIsNoSuccess() {
        host.program("cmake", "[ \"$1\" = -S ] && mkdir -p \"$4\"\nexit 0");
        Run run = Run.of(host.host(), "native", "build", "--quiet");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("only partly built");
    }

    @Test
    void missingToolsAreNamedWithTheirPackage() {
        Run run = Run.of(host.without("ninja").host(), "native", "build");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("seeddelta: native build: ninja not found on PATH; install the package 'ninja-build'\n");
    }

    @Test
    void statusFollowsTheStampAndThePin() {
        assertThat(Run.of(host.host(), "native", "status").out()).contains("fork       absent");
        host.write("home/build/fork/CMakeCache.txt", "");
        Run partly = Run.of(host.host(), "native", "status");
        assertThat(partly.out()).contains("fork       incomplete");
        assertThat(partly.exitCode()).isEqualTo(4);
        host.write("home/build/fork/seeddelta-build.json", FakeHost.STAMP);
        Run built = Run.of(host.host(), "native", "status");
        assertThat(built.out()).contains("fork       built");
        assertThat(built.exitCode()).isZero();
        assertThat(Run.of(host.host(), "native", "status", "--reference").exitCode())
                .isEqualTo(4);
        host.write("home/native/llama/PIN", "TAG=v0.6.0\nTREE=ffff\n");
        assertThat(Run.of(host.host(), "native", "status").out()).contains("fork       stale");
        host.write("home/native/llama/PIN", "");
        assertThat(Run.of(host.host(), "native", "status").out()).contains("fork       no_pin");
    }

    @Test
    void changedPatchesMakeTheForkStaleAndLeaveTheReference() {
        host.write("home/build/fork/seeddelta-build.json", FakeHost.STAMP);
        host.write("home/build/reference/seeddelta-build.json", FakeHost.STAMP);
        host.write("home/native/llama/patches/one.patch", "+ another call\n");
        assertThat(Run.of(host.host(), "native", "status").out())
                .contains("fork       stale      built with other patches", "reference  built");
    }

    @Test
    void aBuildForAnotherCpuIsStale() {
        host.write("home/build/fork/seeddelta-build.json", FakeHost.STAMP.replace("fma", "avx512vnni"));
        assertThat(Run.of(host.host(), "native", "status").out())
                .contains("stale      built for a CPU with avx512vnni, which this one lacks");
        host.cpuFlags("avx2 avx512_vnni");
        assertThat(Run.of(host.host(), "native", "status").out()).contains("fork       built");
    }

    @Test
    void cleanRemovesTheBuildAndFollowsNoLink() throws IOException {
        Path outside = host.write("outside/keep", "x");
        Path fork = host.home().resolve("build/fork");
        host.write("home/build/fork/deep/file", "");
        Files.createSymbolicLink(fork.resolve("link"), outside.getParent());
        assertThat(Run.of(host.host(), "native", "clean").exitCode()).isZero();
        assertThat(fork).doesNotExist();
        assertThat(outside).exists();
        assertThat(Run.of(host.host(), "native", "clean").err()).contains("nothing to remove");
    }
}
