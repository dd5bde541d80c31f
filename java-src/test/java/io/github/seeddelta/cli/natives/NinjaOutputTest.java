package io.github.seeddelta.cli.natives;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NinjaOutputTest {
    private final NinjaOutput output = new NinjaOutput();

    @Test
    void readsSteps() {
        assertThat(output.accept("[12/340] Building CXX object ggml/src/CMakeFiles/ggml.dir/ggml.cpp.o"))
                .contains(new NinjaOutput.Step(12, 340, "ggml.cpp.o"));
        assertThat(output.accept("-- Found Threads: TRUE")).isEmpty();
    }

    @Test
    void theLastErrorLineIsTheReason() {
        output.accept("[1/9] Building CXX object error-codes.o");
        assertThat(output.reason()).isEmpty();
        output.accept("FAILED: x.o");
        output.accept("x.cpp:3:5: error: 'y' was not declared in this scope");
        output.accept("x.cpp:9:1: error: expected '}'");
        output.accept("ninja: build stopped: subcommand failed.");
        assertThat(output.reason()).contains("x.cpp:9:1: error: expected '}'");
    }

    @Test
    void whatCMakeSaysWinsOverWhatFollows() {
        output.accept("CMake Error at ../cmake/pin.cmake:7 (message):");
        output.accept("   llama.cpp source: expected tree a, found tree b.");
        output.accept("  To do: unset SEEDDELTA_LLAMA_SOURCE.");
        output.accept("Call Stack (most recent call first):");
        output.accept("  CMakeLists.txt:20 (seeddelta_obtain_llama)");
        output.accept("-- Configuring incomplete, errors occurred!");
        assertThat(output.reason())
                .contains("llama.cpp source: expected tree a, found tree b. To do: unset SEEDDELTA_LLAMA_SOURCE.");
    }
}
