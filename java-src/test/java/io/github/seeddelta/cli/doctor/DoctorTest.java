package io.github.seeddelta.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.cli.FakeHost;
import io.github.seeddelta.cli.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorTest {
    @TempDir
    Path folder;

    private FakeHost host;

    @BeforeEach
    void machine() {
        host = new FakeHost(folder)
                .program("mvn", "printf '\\033[1mApache Maven 3.9.9\\033[m\\n'")
                .program("c++", "echo 'c++ 12.2.0'")
                .program("cmake", "echo 'cmake version 3.25.1'")
                .program("ninja", "echo 1.11.1")
                .program("git", "echo 'git version 2.39.5'");
    }

    @Test
    void jsonHasThePromisedShape() throws IOException {
        Run run = Run.of(host.host(), "doctor", "--json");
        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(names(json)).containsExactly("schema", "ok", "cpu", "memory", "disk", "checks");
        assertThat(json.path("schema").asInt()).isEqualTo(1);
        assertThat(json.path("ok").asBoolean()).isTrue();
        assertThat(names(json.path("cpu"))).containsExactly("model", "threads", "flags", "isa");
        assertThat(json.at("/cpu/model").asText()).isEqualTo("Test CPU");
        assertThat(json.at("/cpu/threads").asInt()).isEqualTo(2);
        assertThat(json.at("/memory/total_bytes").asLong()).isEqualTo(8L << 30);
        assertThat(json.at("/memory/available_bytes").asLong()).isEqualTo(4L << 30);
        assertThat(json.at("/disk/free_bytes").asLong()).isPositive();
        List<String> checks = new ArrayList<>();
        for (JsonNode check : json.path("checks")) {
            checks.add(check.path("name").asText());
            assertThat(check.path("detail").asText()).isNotBlank();
            assertThat(check.has("remedy"))
                    .isNotEqualTo(check.path("status").asText().equals("ok"));
        }
        assertThat(checks)
                .containsExactly(
                        "jdk", "maven", "compiler", "cmake", "ninja", "git", "cpu", "isa", "native", "memory", "disk");
    }

    @Test
    void whatIsMissingIsNamedWithItsRemedyAndExitCode4() {
        Run run = Run.of(host.without("ninja").host(), "doctor");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.out())
                .contains("missing  ninja     ninja or ninja-build not found on PATH\n")
                .contains("-> install the package 'ninja-build'\n");
    }

    @Test
    void tooOldIsMissingToo() {
        Run run = Run.of(host.program("cmake", "echo 'cmake version 3.9.6'").host(), "doctor");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.out()).contains("cmake version 3.9.6 (", "is older than 3.22");
    }

    @Test
    void aProgramThatCannotRunIsMissing() {
        Run run = Run.of(host.program("git", "exit 127").host(), "doctor");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.out()).contains("git --version fails");
    }

    @Test
    void theIsaFollowsTheFlags() {
        assertThat(isaAfter("sse2")).isEqualTo("scalar");
        assertThat(isaAfter("avx2 fma")).isEqualTo("scalar");
        assertThat(isaAfter("avx2 fma f16c avx512f")).isEqualTo("avx2");
        assertThat(isaAfter("avx2 fma f16c avx512f avx512bw avx512dq avx512vl")).isEqualTo("avx512");
        assertThat(isaAfter("avx2 fma f16c avx512f avx512bw avx512dq avx512vl avx512_vnni"))
                .isEqualTo("avx512vnni");
        assertThat(isaAfter("avx2 fma f16c avx512f avx512bw avx512dq avx512vl avx512_vnni avx512vbmi"))
                .isEqualTo("avx512vbmi");
        assertThat(isaAfter("avx2 fma f16c avx_vnni")).isEqualTo("avxvnni");
    }

    @Test
    void aForcedIsaIsSaid() {
        Run run = Run.of(host.variable("SEEDDELTA_ISA", "avx512vnni").host(), "doctor");
        assertThat(run.out()).contains("avx512vnni, forced by SEEDDELTA_ISA");
    }

    @Test
    void anUnknownForcedIsaIsRefused() {
        Run run = Run.of(host.variable("SEEDDELTA_ISA", "neon").host(), "doctor");
        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.out()).contains("missing  isa       SEEDDELTA_ISA=neon is not known");
    }

    @Test
    void versionsCompareAsNumbers() {
        assertThat(Doctor.older("cmake version 3.9.6", "3.22")).isTrue();
        assertThat(Doctor.older("cmake version 3.22.0", "3.22")).isFalse();
        assertThat(Doctor.older("4.0.0-rc1", "3.22")).isFalse();
        assertThat(Doctor.older("Apache Maven 3.8.7", "3.8")).isFalse();
    }

    private String isaAfter(String flags) {
        return Machine.cpu(host.cpuFlags(flags).host().proc()).isa();
    }

    private static List<String> names(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
