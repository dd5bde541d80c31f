package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.Nearest;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// A wrong command line, said in one line with the nearest right one.
final class ParseErrors {
    private ParseErrors() {}

    static String line(ParameterException problem) {
        CommandLine command = problem.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        String where = name.contains(" ") ? name.substring(name.indexOf(' ') + 1) + ": " : "";
        return where + what(command, name, problem);
    }

    private static String what(CommandLine command, String name, ParameterException problem) {
        String help = "; see '" + name + " --help'";
        if (problem instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            return unmatched(command, unmatched.getUnmatched().getFirst()) + help;
        }
        if (missesSubcommand(command, problem)) {
            return "a command is missing, one of: " + String.join(", ", names(command));
        }
        return plain(Objects.requireNonNullElse(problem.getMessage(), "")) + help;
    }

    private static String unmatched(CommandLine command, String word) {
        if (word.startsWith("-")) {
            String option = word.replaceFirst("=.*", "");
            List<String> known = command.getCommandSpec().options().stream()
                    .flatMap(each -> List.of(each.names()).stream())
                    .toList();
            return "unknown option " + option + suggestion(option, known);
        }
        Collection<String> commands = names(command);
        if (!commands.isEmpty()) {
            return "unknown command '" + word + "'" + suggestion(word, commands);
        }
        return "unexpected argument '" + word + "'";
    }

    private static boolean missesSubcommand(CommandLine command, ParameterException problem) {
        return !command.getSubcommands().isEmpty()
                && String.valueOf(problem.getMessage()).startsWith("Missing required subcommand");
    }

    private static Collection<String> names(CommandLine command) {
        return command.getSubcommands().keySet();
    }

    private static String suggestion(String typed, Collection<String> known) {
        return Nearest.to(typed, known)
                .map(word -> ", did you mean " + (word.startsWith("-") ? word : "'" + word + "'") + "?")
                .orElse("");
    }

    /// The parser's own sentence, in the tone of ours: first line, no capital, no full stop.
    private static String plain(String message) {
        String first = message.lines().findFirst().orElse("wrong usage");
        String lower = first.substring(0, 1).toLowerCase(Locale.ROOT) + first.substring(1);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
