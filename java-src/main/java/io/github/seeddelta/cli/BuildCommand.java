package io.github.seeddelta.cli;

import io.github.seeddelta.build.BuildListener;
import io.github.seeddelta.build.BuildRequest;
import io.github.seeddelta.build.ModelBuild;
import io.github.seeddelta.build.Registry;
import io.github.seeddelta.build.SizeLimit;
import io.github.seeddelta.build.SourceModel;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.policy.ResolvedDump;
import io.github.seeddelta.report.ReportJson;
import io.github.seeddelta.report.ReportTable;
import io.github.seeddelta.report.ReportToPolicy;
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
            "Without a policy, --layers and --kinds say which tensors, and the gate judges each of them.",
            "Killed builds go on where they were when the same command is given again.",
            "",
            "Example:",
            "  seeddelta build model.gguf -o small.gguf --layers 2-3 --kinds gate --strip-dense"
        })
final class BuildCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Mixin
    JsonOption json;

    @Mixin
    BuildOptions options;

    @Mixin
    CalibrationOptions calibration;

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

    @Option(
            names = "--target-mib",
            paramLabel = "X",
            description = "Replace no more than needed for a file of this size, where it costs least.")
    Optional<Double> targetMib = Optional.empty();

    @Option(
            names = "--max-bpw",
            paramLabel = "X",
            description = "The same for bits per weight over the tensors that the build looks at.")
    Optional<Double> maxBpw = Optional.empty();

    @Option(names = "--skip-existing", description = "Of a SeedΔ input: keep its payloads as they are.")
    boolean skipExisting;

    @Option(names = "--overwrite", description = "Of a SeedΔ input: build its payloads again.")
    boolean overwrite;

    @Option(
            names = "--policy-export",
            paramLabel = "OUT.json",
            description = "Write the policy that builds the same again without searching.")
    Optional<Path> policyExport = Optional.empty();

    @Option(names = "--policy-dump-resolved", description = "Show the values of every tensor and who set them; stop.")
    boolean policyDump;

    @Option(names = "--policy-self-test", description = "Check that policies work as documented; stop.")
    boolean policySelfTest;

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
        if (policySelfTest) {
            PolicyCommand.selfTest(session);
            return ExitCode.OK;
        }
        Checks.readable(model);
        Checks.notTheSameFile(model, output);
        Checks.folderOf(output);
        report.ifPresent(Checks::folderOf);
        policyExport.ifPresent(Checks::folderOf);
        SizeLimit size = sizeLimit();
        KnownNames names = Registry.names();
        Policy policy = options.readPolicy(names);
        if (policyDump) {
            dump(policy, names);
            return ExitCode.OK;
        }
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
                calibration.calibration(),
                options.gatingFallback,
                options.forceStripDense,
                new BuildRequest.Existing(skipExisting, overwrite),
                size,
                dryRun,
                threads);
        ModelBuild.Result result;
        try (Watch watch = new Watch()) {
            result = ModelBuild.run(request, watch);
        }
        if (report.isPresent()) {
            AtomicText.write(report.get(), ReportJson.write(result.report()));
        }
        if (policyExport.isPresent()) {
            AtomicText.write(policyExport.get(), ReportToPolicy.convert(result.report()));
        }
        if (json.json) {
            session.print(ReportJson.write(result.report()).strip());
        } else {
            session.print(ReportTable.text(result.report()).stripTrailing());
        }
        return conclude(result);
    }

    private SizeLimit sizeLimit() {
        if (targetMib.isPresent() && maxBpw.isPresent()) {
            throw new CliException.Usage("--target-mib and --max-bpw exclude each other; give one");
        }
        Optional<Double> limit = targetMib.or(() -> maxBpw);
        if (limit.isEmpty()) {
            return SizeLimit.NONE;
        }
        String option = targetMib.isPresent() ? "--target-mib" : "--max-bpw";
        if (!(limit.get() > 0 && Double.isFinite(limit.get()))) {
            throw new CliException.Usage(option + " " + limit.get() + ": must be above 0");
        }
        if (options.forceStripDense) {
            throw new CliException.Usage(option + ": what is forced keeps no budget; leave --force-strip-dense out");
        }
        return targetMib.isPresent() ? new SizeLimit.File(limit.get()) : new SizeLimit.BitsPerWeight(limit.get());
    }

    private void dump(Policy policy, KnownNames names) {
        try (SourceModel source = SourceModel.open(model)) {
            session.print(
                    ResolvedDump.text(PolicyCommand.resolveAll(policy, options.defaults(), source.layerCount(), names))
                            .stripTrailing());
        }
    }

    private int conclude(ModelBuild.Result result) {
        if (!result.fits()) {
            session.err()
                    .println("seeddelta: no choice that gate and stack admit is as small as was asked for, so " + output
                            + " was not written; raise the limit, allow more tensors, or lower the thresholds");
            return ExitCode.CHECK_FAILED;
        }
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
