package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Failures;
import io.github.seeddelta.cli.frame.Host;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Session;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/// The program as a function: arguments in, exit code out, no call to System.exit.
public final class SeedDelta {
    private final Host host;

    public SeedDelta(Host host) {
        this.host = host;
    }

    public int run(PrintStream out, PrintStream err, String... args) {
        try (Interrupts interrupts = new Interrupts(err)) {
            CommandLine line = commandLine(new Session(host, out, err, interrupts));
            line.setExecutionExceptionHandler((thrown, command, parsed) -> {
                if (interrupts.interrupted()) {
                    return ExitCode.INTERRUPTED;
                }
                return report(err, thrown, debug(command));
            });
            return line.execute(args);
        } catch (Throwable thrown) {
            return report(err, thrown, List.of(args).contains("--debug"));
        }
    }

    /// The parser with every command in place.
    static CommandLine commandLine(Session session) {
        CommandLine line = new CommandLine(new RootCommand(), new SessionFactory(session));
        Commands.ALL.forEach(line::addSubcommand);
        return configure(line, session.out(), session.err());
    }

    private static CommandLine configure(CommandLine line, PrintStream out, PrintStream err) {
        line.setOut(Output.writer(out));
        line.setErr(Output.writer(err));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
        line.setUsageHelpWidth(100);
        line.setUsageHelpAutoWidth(false);
        line.setUsageHelpLongOptionsMaxWidth(28);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((problem, args) -> {
            err.println("seeddelta: " + ParseErrors.line(problem));
            return ExitCode.USAGE;
        });
        return line;
    }

    private static boolean debug(CommandLine command) {
        return command.getMixins().values().stream()
                .anyMatch(mixin -> mixin instanceof CommonOptions options
                        && options.verbosity().debug());
    }

    private static int report(PrintStream err, Throwable thrown, boolean debug) {
        Failures failure = Failures.of(thrown);
        err.println("seeddelta: " + failure.line().strip());
        if (debug) {
            thrown.printStackTrace(err);
        }
        return failure.exitCode();
    }
}
