package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Progress;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.cli.frame.Verbosity;
import io.github.seeddelta.cli.natives.NativeBuild;
import io.github.seeddelta.cli.natives.Variant;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "native",
        description = "Build the native libraries, say how they are, or remove them.",
        synopsisSubcommandLabel = "COMMAND",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        subcommands = {NativeCommand.Build.class, NativeCommand.StatusOf.class, NativeCommand.Clean.class},
        footer = {"", "Example:", "  seeddelta native build"})
final class NativeCommand {
    @Mixin
    CommonOptions common;

    static final class VariantOption {
        @Option(
                names = "--reference",
                description = "The unpatched llama.cpp that tests measure against, instead of the patched fork.")
        boolean reference;

        Variant variant() {
            return reference ? Variant.REFERENCE : Variant.FORK;
        }
    }

    @Command(
            name = "build",
            description = "Fetch llama.cpp as pinned, patch it, and build it with the SeedΔ libraries.",
            optionListHeading = "%nOptions:%n",
            footer = {"", "Example:", "  seeddelta native build --reference"})
    static final class Build implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Mixin
        VariantOption which;

        Build(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            Verbosity verbosity = common.verbosity();
            NativeBuild build = new NativeBuild(session.host(), session.child());
            try (Progress progress =
                    session.progress(verbosity, "native " + which.variant().word())) {
                build.build(which.variant(), progress, line -> session.say(verbosity, line));
            }
            session.print(build.folder(which.variant()).toString());
            return ExitCode.OK;
        }
    }

    /// @param builds in the order fork, reference
    record Report(int schema, List<NativeBuild.Status> builds) {}

    @Command(
            name = "status",
            description = "Say whether the builds are there and match the pin.",
            optionListHeading = "%nOptions:%n",
            footer = {
                "",
                "Exit code 4 unless the fork (with --reference: the reference build) is ready.",
                "",
                "Example:",
                "  seeddelta native status --json"
            })
    static final class StatusOf implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Mixin
        VariantOption which;

        @Mixin
        JsonOption output;

        StatusOf(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() {
            NativeBuild build = new NativeBuild(session.host(), session.child());
            List<NativeBuild.Status> all =
                    Arrays.stream(Variant.values()).map(build::status).toList();
            if (output.json) {
                session.printJson(new Report(1, all));
            } else {
                all.forEach(status -> session.print(String.format(
                        Locale.ROOT,
                        "%-10s %-10s %s",
                        status.variant().word(),
                        status.state().word(),
                        status.detail())));
            }
            return build.status(which.variant()).state() == NativeBuild.State.BUILT
                    ? ExitCode.OK
                    : ExitCode.CHECK_FAILED;
        }
    }

    @Command(
            name = "clean",
            description = "Remove one build; the cached source of llama.cpp stays.",
            optionListHeading = "%nOptions:%n",
            footer = {"", "Example:", "  seeddelta native clean --reference"})
    static final class Clean implements Callable<Integer> {
        private final Session session;

        @Mixin
        CommonOptions common;

        @Mixin
        VariantOption which;

        Clean(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws IOException {
            Verbosity verbosity = common.verbosity();
            NativeBuild build = new NativeBuild(session.host(), session.child());
            boolean removed = build.clean(which.variant(), line -> session.say(verbosity, line));
            session.say(verbosity, (removed ? "removed " : "nothing to remove at ") + build.folder(which.variant()));
            return ExitCode.OK;
        }
    }
}
