package io.github.seeddelta.cli;

import io.github.seeddelta.build.Registry;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.toy.a.ToyA;
import io.github.seeddelta.toy.a.ToyAResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "a",
        description = "Weights whose error is known in closed form, through builder, file and running op.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Identity, diagonal, low rank, the structured base itself, identity with a sparse change: each in several",
            "sizes and encodings. What must be measured is worked out first. Writes toy-a.json into DIR and leaves",
            "the models there. docs/CONTROLLED.md has the formulas.",
            "",
            "Exit code 4 when fewer than 95 % of the cases match.",
            "",
            "Example:",
            "  seeddelta toy a --out toy-a"
        })
final class ToyACommand implements Callable<Integer> {
    private static final int SHOWN_MISSES = 20;

    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption json;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder for the results.")
    Path out;

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    ToyACommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Checks.atLeast("--threads", threads, 1);
        ToyAResult result;
        try (Watch watch = new Watch()) {
            result = ToyA.run(out, threads, Registry.kernelSet(), watch);
        }
        Path file = out.resolve("toy-a.json");
        AtomicText.write(file, result.json());
        if (json.json) {
            session.print(result.json().strip());
        } else {
            print(result);
        }
        session.say(common.verbosity(), "results: " + file);
        if (!result.passes()) {
            throw new CliException.CheckFailed(String.format(
                    Locale.ROOT,
                    "%d of %d cases match, %.0f %% must; the misses are in %s",
                    result.matched(),
                    result.rows().size(),
                    100 * ToyAResult.REQUIRED,
                    file));
        }
        return ExitCode.OK;
    }

    private void print(ToyAResult result) {
        session.print(
                String.format(Locale.ROOT, "%-6s %6s %8s  %s", "family", "cases", "matched", "largest deviation"));
        result.families()
                .forEach((family, rows) -> session.print(String.format(
                        Locale.ROOT,
                        "%-6s %6d %8d  rel_l2 %.1e  cos %.1e  output %.1e",
                        family,
                        rows.size(),
                        rows.stream().filter(ToyAResult.Row::matches).count(),
                        deviation(rows, "rel_l2"),
                        deviation(rows, "cos"),
                        Math.max(deviation(rows, "out_batch"), deviation(rows, "out_single")))));
        session.print(String.format(
                Locale.ROOT,
                "%d of %d cases match (%.1f %%), kernels %s, %.1f s",
                result.matched(),
                result.rows().size(),
                100 * result.matchRate(),
                result.isa(),
                result.seconds()));
        List<ToyAResult.Row> misses = result.misses();
        misses.stream().limit(SHOWN_MISSES).forEach(row -> session.print("miss: " + describe(row)));
        if (misses.size() > SHOWN_MISSES) {
            session.print("and " + (misses.size() - SHOWN_MISSES) + " more");
        }
    }

    private static double deviation(List<ToyAResult.Row> rows, String what) {
        return rows.stream()
                .flatMap(row -> row.checks().stream())
                .filter(check -> check.what().equals(what))
                .mapToDouble(check -> Math.abs(check.measured() - check.expected()))
                .max()
                .orElse(0);
    }

    private static String describe(ToyAResult.Row row) {
        String checks = row.checks().stream()
                .filter(check -> !check.holds())
                .map(check -> String.format(
                        Locale.ROOT,
                        "%s %.3e, expected %.3e ± %.0e",
                        check.what(),
                        check.measured(),
                        check.expected(),
                        check.tolerance()))
                .reduce((a, b) -> a + "; " + b)
                .orElse("");
        return row.id() + " (" + row.about() + ", " + row.setting() + "): " + row.problem()
                + (row.problem().isEmpty() || checks.isEmpty() ? "" : "; ") + checks;
    }

    private final class Watch implements ToyA.Listener, AutoCloseable {
        private final Progress progress = session.progress(common.verbosity(), "toy a");
        private Optional<Interrupts.Guarded<Runnable>> cancellation = Optional.empty();

        @Override
        public void cases(int done, int total, String what) {
            progress.update(done, total, what);
        }

        @Override
        public void running(Runnable cancel) throws IOException {
            cancellation.ifPresent(Interrupts.Guarded::close);
            cancellation = Optional.of(session.interrupts().guard(() -> cancel, Runnable::run));
        }

        @Override
        public void close() {
            cancellation.ifPresent(Interrupts.Guarded::close);
            progress.close();
        }
    }
}
