package io.github.seeddelta.cli;

import io.github.seeddelta.build.Verification;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.nat.ProgressCell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description = "Read every payload back, check digests and shapes; recompute stored errors with --against.",
        optionListHeading = "%nOptions:%n",
        footer = {"", "Example:", "  seeddelta verify small.gguf --against model.gguf"})
final class VerifyCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption json;

    @Parameters(paramLabel = "OUT.gguf", description = "A SeedΔ file.")
    Path file;

    @Option(names = "--against", paramLabel = "MODEL", description = "The model that it was built from.")
    Optional<Path> against = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    VerifyCommand(Session session) {
        this.session = session;
    }

    /// The JSON form.
    private record Json(String file, Optional<String> against, boolean sound, List<Verification.Row> payloads) {}

    @Override
    public Integer call() throws IOException {
        Checks.readable(file);
        against.ifPresent(Checks::readable);
        Checks.atLeast("--threads", threads, 1);
        Verification result;
        try (ProgressCell cell = new ProgressCell();
                Interrupts.Guarded<ProgressCell> ignored =
                        session.interrupts().guard(() -> cell, ProgressCell::cancel);
                Progress progress = session.progress(common.verbosity(), "verify")) {
            result = Verification.run(file, against, threads, cell, progress::update);
        }
        if (json.json) {
            session.printJson(new Json(file.toString(), result.source(), result.sound(), result.payloads()));
        } else {
            print(result);
        }
        if (!result.sound()) {
            Verification.Row first = result.payloads().stream()
                    .filter(row -> !row.sound())
                    .findFirst()
                    .orElseThrow();
            String line = file + ": " + first.name() + ": " + first.problems().getFirst();
            throw first.readable() ? new CliException.CheckFailed(line) : new CliException.BadInput(line);
        }
        return ExitCode.OK;
    }

    private void print(Verification result) {
        session.print(
                String.format(Locale.ROOT, "%-20s %-16s %9s %10s  %s", "weight", "digest", "stored", "recomputed", ""));
        for (Verification.Row row : result.payloads()) {
            session.print(String.format(
                    Locale.ROOT,
                    "%-20s %-16s %9s %10s  %s",
                    row.name(),
                    row.digest().isEmpty() ? "-" : row.digest().substring(0, 16),
                    number(row.stored()),
                    number(row.recomputed()),
                    row.sound() ? "ok" : String.join("; ", row.problems())));
        }
        long sound = result.payloads().stream().filter(Verification.Row::sound).count();
        session.print(String.format(
                Locale.ROOT,
                "%d of %d payloads are as they say%s",
                sound,
                result.payloads().size(),
                result.source()
                        .map(s -> "; measured against " + s)
                        .orElse("; errors were not recomputed (--against)")));
    }

    private static String number(Optional<Double> value) {
        return value.map(v -> String.format(Locale.ROOT, "%.5f", v)).orElse("-");
    }
}
