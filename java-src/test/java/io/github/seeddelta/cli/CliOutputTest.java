package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a person reads, letter by letter.
final class CliOutputTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "help, --help",
        "no-command, ''",
        "version, --version",
        "unknown-command, doctr",
        "unknown-command-far, frobnicate",
        "unknown-option, doctor --jsn",
        "unknown-option-far, doctor --frobnicate",
        "unexpected-argument, doctor now",
        "missing-argument, model get",
        "doctor-help, doctor --help",
        "native-help, native --help",
        "native-no-command, native",
        "native-unknown-command, native biuld",
        "native-build-help, native build --help",
        "native-status-help, native status --help",
        "native-clean-help, native clean --help",
        "model-help, model --help",
        "model-get-help, model get --help",
        "model-get-unknown, model get smolm2-135m",
        "model-list-help, model list --help",
        "model-list, model list",
        "model-list-json, model list --json",
        "imatrix-help, imatrix --help",
        "imatrix-no-text, imatrix model.gguf -o i.gguf",
        "plan-help, plan --help",
        "build-help, build --help",
        "verify-help, verify --help",
        "report-help, report --help",
        "report-missing, report no-such.json",
        "bench-help, bench --help",
        "bench-kernels-help, bench kernels --help",
        "bench-kernels-shape, bench kernels --shape 4096",
        "bench-decode-help, bench decode --help",
        "bench-decode-missing, bench decode no-such.gguf other.gguf",
        "policy-help, policy --help",
        "policy-no-command, policy",
        "policy-validate-help, policy validate --help",
        "policy-resolve-help, policy resolve --help",
        "policy-export-help, policy export --help",
        "policy-from-report-help, policy from-report --help",
        "policy-self-test-help, policy self-test --help",
        "toy-help, toy --help",
        "toy-no-command, toy",
        "toy-a-help, toy a --help",
        "toy-b-help, toy b --help",
    })
    void printsTheGoldenText(String name, String arguments) throws IOException {
        String[] args = arguments.isEmpty() ? new String[0] : arguments.split(" ");
        Run run = Run.of(new FakeHost(folder).host(), args);
        Golden.check(name, "$ seeddelta " + String.join(" ", args) + "\n" + run.transcript());
    }

    @Test
    void wrongUsageIsOneLineOnStandardError() {
        Run run = Run.of(new FakeHost(folder).host(), "native", "build", "--frob");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(1);
    }

    @Test
    void debugShowsTheTraceAndNothingElseDoes() {
        FakeHost host = new FakeHost(folder);
        Run plain = Run.of(host.host(), "native", "build");
        Run debug = Run.of(host.host(), "native", "build", "--debug");
        assertThat(plain.exitCode()).isEqualTo(1);
        assertThat(plain.err().lines()).hasSize(1);
        assertThat(debug.err()).startsWith(plain.err()).contains("\tat io.github.seeddelta.");
    }
}
