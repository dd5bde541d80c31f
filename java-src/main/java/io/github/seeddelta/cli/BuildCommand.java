package io.github.seeddelta.cli;

import io.github.seeddelta.build.BuildListener;
import io.github.seeddelta.build.BuildRequest;
import io.github.seeddelta.build.ModelBuild;
import io.github.seeddelta.build.Registry;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.report.ReportJson;
import io.github.seeddelta.report.ReportTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "build",
        description = "Replace weights by seeded payloads where measured function survives.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Without a policy, --layers and --kinds say which tensors, and the gate judges each of them. Killed builds",
            "go on where they were when the same command is given again.",
            "",
            "Example:",
            "  seeddelta build model.gguf -o small.gguf --layers 2-3 --kinds gate --strip-dense --report report.json"
        })
final class BuildCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption json;

    @Mixin
    BuildOptions options;

    @Parameters(paramLabel = "MODEL", description = "The GGUF file to start from.")
    Path model;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "OUT.gguf",
            description = "The file to write.")
    Path output;

    @Option(names = "--report", paramLabel = "R.json", description = "Write down every decision and measurement.")
    Optional<Path> report = Optional.empty();

    @Option(names = "--eval-x", paramLabel = "N", description = "Random activations to measure with. Default: 64.")
    int evalX = 64;

    @Option(names = "--eval-cols", paramLabel = "N", description = "Output rows to measure, 0 = all. Default: 64.")
    int evalCols = 64;

    @Option(names = "--threads", paramLabel = "N", description = "Worker threads. Default: all processors.")
    int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--dry-run", description = "Decide and report, write no model.")
    boolean dryRun;

    BuildCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Checks.atLeast("--threads", threads, 1);
        Checks.atLeast("--eval-x", evalX, 0);
        Checks.atLeast("--eval-cols", evalCols, 0);
        Checks.notTheSameFile(model, output);
        Checks.folderOf(output);
        report.ifPresent(Checks::folderOf);
        KnownNames names = Registry.names();
        Policy policy = options.readPolicy(names);
        BuildRequest request = new BuildRequest(
                model,
                output,
                policy,
                options.policy.map(file -> String.valueOf(file.getFileName())),
                options.defaults(),
                new BuildRequest.Measurement(
                        evalCols,
                        evalX,
                        options.seed.map(java.math.BigInteger::longValue).orElse(1L)),
                options.gatingFallback,
                options.forceStripDense,
                dryRun,
                threads);
        ModelBuild.Result result;
        try (Watch watch = new Watch()) {
            result = ModelBuild.run(request, watch);
        }
        if (report.isPresent()) {
            AtomicFile.write(report.get(), ReportJson.write(result.report()));
        }
        if (json.json) {
            session.print(ReportJson.write(result.report()).strip());
        } else {
            session.print(ReportTable.text(result.report()).stripTrailing());
        }
        return conclude(result);
    }

    private int conclude(ModelBuild.Result result) {
        if (!result.replacedAnything()) {
            session.err()
                    .println("seeddelta: nothing was replaced, so " + output
                            + " would equal the input and was not written; " + "the table says why for each tensor");
            return ExitCode.CHECK_FAILED;
        }
        if (dryRun) {
            session.say(common.verbosity(), "dry run: " + output + " was not written");
        } else {
            session.say(
                    common.verbosity(),
                    String.format(
                            java.util.Locale.ROOT,
                            "%s: %.1f MiB",
                            output,
                            result.bytes().orElse(0L) / 1048576.0));
        }
        return ExitCode.OK;
    }

    /// Shows the build's progress and lets an interrupt end its native calls.
    private final class Watch implements BuildListener, AutoCloseable {
        private final Progress progress = session.progress(common.verbosity(), "build");
        private Optional<Interrupts.Guarded<Runnable>> cancellation = Optional.empty();

        @Override
        public void progress(long done, long total, String what) {
            progress.update(done, total, what);
        }

        @Override
        public void warning(String line) {
            progress.close();
            session.say(common.verbosity(), "note: " + line);
        }

        @Override
        public void running(Runnable cancel) throws IOException {
            cancellation = Optional.of(session.interrupts().guard(() -> cancel, Runnable::run));
        }

        @Override
        public void close() {
            cancellation.ifPresent(Interrupts.Guarded::close);
            progress.close();
        }
    }
}
