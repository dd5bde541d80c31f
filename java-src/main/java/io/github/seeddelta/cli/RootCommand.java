package io.github.seeddelta.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `seeddelta` itself: holds the commands, does nothing without one.
@Command(
        name = "seeddelta",
        description = "Transformer weights as a seeded base plus a small residual.",
        synopsisSubcommandLabel = "COMMAND",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        versionProvider = Version.class,
        footer = {
            "",
            "Exit codes: 0 ok, 1 internal, 2 usage, 3 bad model or input, 4 a check failed, 130 interrupted.",
            "",
            "Example:",
            "  seeddelta doctor"
        })
final class RootCommand {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    boolean version;
}
