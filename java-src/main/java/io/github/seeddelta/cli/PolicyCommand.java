package io.github.seeddelta.cli;

import io.github.seeddelta.build.Registry;
import io.github.seeddelta.build.SourceModel;
import io.github.seeddelta.cli.frame.CliException;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.eval.AtomicText;
import io.github.seeddelta.policy.CliDefaults;
import io.github.seeddelta.policy.KnownNames;
import io.github.seeddelta.policy.Policy;
import io.github.seeddelta.policy.PolicyException;
import io.github.seeddelta.policy.PolicyExport;
import io.github.seeddelta.policy.PolicySelfTest;
import io.github.seeddelta.policy.Problem;
import io.github.seeddelta.policy.ResolvedDump;
import io.github.seeddelta.policy.ResolvedTensor;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.report.ReportToPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "policy",
        description = "Check policies, show what they mean for a model, make them from a build.",
        synopsisSubcommandLabel = "COMMAND",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        subcommands = {
            PolicyCommand.Validate.class,
            PolicyCommand.Resolve.class,
            PolicyCommand.Export.class,
            PolicyCommand.FromReport.class,
            PolicyCommand.SelfTest.class
        },
        footer = {"", "Example:", "  seeddelta policy validate policy.json --strict"})
final class PolicyCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common;

    @Override
    public Integer call() {
        throw new CliException.Usage("policy needs a command; see: seeddelta policy --help");
    }

    /// How a policy is read.
    static final class StrictOption {
        @Option(
                names = {"--strict", "--policy-strict"},
                description = "Refuse keys nobody knows instead of warning.")
        boolean strict;
    }

    /// The layers that `last:4` and an open end count from.
    static final class LayersOption {
        @Option(names = "--model", paramLabel = "MODEL", description = "The model that the policy is for.")
        Optional<Path> model = Optional.empty();

        @Option(names = "--layer-count", paramLabel = "N", description = "Its number of layers, without a model.")
        Optional<Integer> layerCount = Optional.empty();

        int count() {
            if (model.isPresent() == layerCount.isPresent()) {
                throw new CliException.Usage(
                        "give either --model or --layer-count: a policy speaks of numbered layers");
            }
            layerCount.ifPresent(n -> Checks.atLeast("--layer-count", n, 1));
            if (layerCount.isPresent()) {
                return layerCount.get();
            }
            try (SourceModel source = SourceModel.open(model.orElseThrow())) {
                return source.layerCount();
            }
        }
    }

    @Command(
            name = "validate",
            description = "Say every problem of a policy with line and column.",
            optionListHeading = "%nOptions:%n",
            footer = {"", "Example:", "  seeddelta policy validate policy.json --strict"})
    static final class Validate implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Mixin
        StrictOption mode;

        @Parameters(paramLabel = "P.json", description = "A policy.")
        Path file;

        Validate(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            Checks.readable(file);
            try {
                Policy policy = PolicyFile.parse(file, mode.strict, Registry.names());
                print(policy.warnings());
                session.print(file + ": valid"
                        + (policy.warnings().isEmpty()
                                ? ""
                                : ", " + policy.warnings().size() + " unknown keys ignored"));
                return ExitCode.OK;
            } catch (PolicyException e) {
                print(e.problems());
                throw new CliException.BadInput(file + ": not valid, "
                        + e.problems().size() + (e.problems().size() == 1 ? " problem" : " problems"));
            }
        }

        private void print(List<Problem> problems) {
            problems.forEach(problem -> session.print(problem.describe(file.toString())));
        }
    }

    @Command(
            name = "resolve",
            description = "Show every value that a policy gives every tensor, and which rule gave it.",
            optionListHeading = "%nOptions:%n",
            footer = {"", "Example:", "  seeddelta policy resolve policy.json --layer-count 30"})
    static final class Resolve implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Mixin
        StrictOption mode;

        @Mixin
        LayersOption layers;

        @Parameters(paramLabel = "P.json", description = "A policy.")
        Path file;

        Resolve(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            KnownNames names = Registry.names();
            Policy policy = PolicyFile.read(file, mode.strict, names);
            warn(session, common, policy);
            session.print(ResolvedDump.text(resolveAll(policy, CliDefaults.NONE, layers.count(), names))
                    .stripTrailing());
            return ExitCode.OK;
        }
    }

    @Command(
            name = "export",
            description = "Write what a policy means for a model as a policy without rules: one entry per tensor.",
            optionListHeading = "%nOptions:%n",
            footer = {
                "",
                "Values that only a search can find are not in a policy; 'build --policy-export' writes those too.",
                "",
                "Example:",
                "  seeddelta policy export policy.json --layer-count 30 -o plain.json"
            })
    static final class Export implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Mixin
        StrictOption mode;

        @Mixin
        LayersOption layers;

        @Parameters(paramLabel = "P.json", description = "A policy.")
        Path file;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "OUT.json",
                description = "The file to write. Default: standard output.")
        Optional<Path> output = Optional.empty();

        Export(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            KnownNames names = Registry.names();
            Policy policy = PolicyFile.read(file, mode.strict, names);
            warn(session, common, policy);
            List<ResolvedTensor> enabled = resolveAll(policy, CliDefaults.NONE, layers.count(), names).stream()
                    .filter(ResolvedTensor::enabled)
                    .toList();
            Optional<ResolvedTensor> tuned =
                    enabled.stream().filter(t -> t.tuning().enabled()).findFirst();
            if (tuned.isPresent()) {
                throw new CliException.Usage(
                        file + ": autotune is on for " + tuned.get().weightName()
                                + ", so its values come from a build; export there: seeddelta build ... --policy-export OUT.json");
            }
            String json = PolicyExport.json(
                    enabled,
                    policy.stackLimits(CliDefaults.NONE),
                    "What " + file.getFileName() + " means, tensor by tensor");
            return write(session, output, json);
        }
    }

    @Command(
            name = "from-report",
            description = "Write the policy that builds again what a report says, without searching.",
            optionListHeading = "%nOptions:%n",
            footer = {
                "",
                "The same input, imatrix, seed and measuring flags then give the same file.",
                "",
                "Example:",
                "  seeddelta policy from-report report.json -o policy.json"
            })
    static final class FromReport implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Parameters(paramLabel = "R.json", description = "What 'build --report' wrote.")
        Path file;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "OUT.json",
                description = "The file to write. Default: standard output.")
        Optional<Path> output = Optional.empty();

        FromReport(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            return write(session, output, ReportToPolicy.convert(ReportFile.read(file)));
        }
    }

    @Command(
            name = "self-test",
            description = "Check on policies of its own that merging, layer expressions and refusals work.",
            optionListHeading = "%nOptions:%n",
            footer = {"", "Example:", "  seeddelta policy self-test"})
    static final class SelfTest implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        SelfTest(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            selfTest(session);
            return ExitCode.OK;
        }
    }

    /// Errors: check failed when one does not pass.
    static void selfTest(Session session) {
        List<PolicySelfTest.Check> checks = PolicySelfTest.run(Registry.names());
        checks.forEach(check -> session.print(String.format(
                Locale.ROOT,
                "%-4s %s%s",
                check.pass() ? "ok" : "FAIL",
                check.name(),
                check.pass() ? "" : ": " + check.detail())));
        long failed = checks.stream().filter(check -> !check.pass()).count();
        if (failed > 0) {
            throw new CliException.CheckFailed(
                    failed + " of " + checks.size() + " policy checks failed; report this as a bug");
        }
    }

    static List<ResolvedTensor> resolveAll(Policy policy, CliDefaults cli, int layerCount, KnownNames names) {
        List<ResolvedTensor> tensors = new ArrayList<>();
        for (int layer = 0; layer < layerCount; layer++) {
            for (TensorKind kind : TensorKind.values()) {
                tensors.add(policy.resolve(layer, kind, cli, layerCount, names));
            }
        }
        return tensors;
    }

    private static void warn(Session session, CommonOptions common, Policy policy) {
        policy.warnings()
                .forEach(problem -> session.say(common.verbosity(), "note: " + problem.describe(policy.source())));
    }

    private static int write(Session session, Optional<Path> output, String json) throws IOException {
        if (output.isEmpty()) {
            session.print(json.stripTrailing());
            return ExitCode.OK;
        }
        Checks.folderOf(output.get());
        AtomicText.write(output.get(), json);
        return ExitCode.OK;
    }
}
