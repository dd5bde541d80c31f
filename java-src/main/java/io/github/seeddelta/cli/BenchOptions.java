package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.CliException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// What to measure, as options of the native program.
final class BenchOptions {
    @Option(
            names = "--shape",
            paramLabel = "OUTxIN",
            description = "Rows and inputs of the matrix. Default: ${DEFAULT-VALUE}; batches use up to 1024 rows.")
    String shape = "4096x4096";

    @Option(
            names = "--tokens",
            paramLabel = "N[,N…]",
            split = ",",
            hideParamSyntax = true,
            description = "How many tokens at once. Default: 1,32,512.")
    List<Integer> tokens = List.of(1, 32, 512);

    @Option(
            names = "--isa",
            paramLabel = "NAME[,NAME…]",
            split = ",",
            hideParamSyntax = true,
            description = "Instruction sets. Default: all that this machine can run.")
    List<String> isas = List.of();

    @Option(
            names = "--only",
            paramLabel = "NAME[,NAME…]",
            split = ",",
            hideParamSyntax = true,
            description = "Our rows to measure, as 'coo-i8'. Default: all.")
    List<String> only = List.of();

    @Option(
            names = "--bits",
            paramLabel = "B",
            description = "Bits per weight of our payloads, about. Default: ${DEFAULT-VALUE}.")
    int bits = 2;

    @Option(names = "--rounds", paramLabel = "N", description = "Timed rounds. Default: ${DEFAULT-VALUE}.")
    int rounds = 7;

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--cpu-time",
            description =
                    "Count what one thread worked instead of what passed, on a busy machine. Implies --threads 1.")
    boolean cpuTime;

    void check() {
        if (!shape.matches("[1-9][0-9]{0,6}x[1-9][0-9]{0,6}")) {
            throw new CliException.Usage("--shape " + shape + ": write rows and inputs as 4096x4096");
        }
        tokens.forEach(n -> Checks.atLeast("--tokens", n, 1));
        Checks.atLeast("--bits", bits, 1);
        Checks.atLeast("--rounds", rounds, 1);
        Checks.atLeast("--threads", threads, 1);
    }

    List<String> arguments() {
        String[] sides = shape.split("x");
        List<String> arguments = new ArrayList<>(List.of(
                "--n-out",
                sides[0],
                "--n-in",
                sides[1],
                "--tokens",
                String.join(",", tokens.stream().map(String::valueOf).toList()),
                "--bits",
                String.valueOf(bits),
                "--rounds",
                String.valueOf(rounds),
                "--threads",
                String.valueOf(cpuTime ? 1 : threads),
                "--clock",
                cpuTime ? "cpu" : "wall"));
        if (!isas.isEmpty()) {
            arguments.addAll(List.of("--isa", String.join(",", isas)));
        }
        if (!only.isEmpty()) {
            arguments.addAll(List.of("--only", String.join(",", only)));
        }
        return arguments;
    }
}
