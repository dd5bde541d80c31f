package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.Verbosity;
import picocli.CommandLine.Option;

/// What every command accepts.
final class CommonOptions {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    @Option(names = "--quiet", description = "No progress and no messages, only results and errors.")
    boolean quiet;

    @Option(names = "--debug", description = "Show the stack trace of an error.")
    boolean debug;

    Verbosity verbosity() {
        return new Verbosity(quiet, debug);
    }
}
