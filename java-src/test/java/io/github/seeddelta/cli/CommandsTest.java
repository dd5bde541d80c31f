package io.github.seeddelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Session;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// What every command owes its user.
final class CommandsTest {
    private static final String INDENT = "  seeddelta ";

    @TempDir
    Path folder;

    @Test
    void everyCommandHasAnExampleThatParses() {
        PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream());
        try (Interrupts interrupts = new Interrupts(nowhere)) {
            Session session = new Session(new FakeHost(folder).host(), nowhere, nowhere, interrupts);
            for (CommandLine command : withDescendants(SeedDelta.commandLine(session))) {
                String name = command.getCommandSpec().qualifiedName();
                List<String> examples = Arrays.stream(
                                command.getCommandSpec().usageMessage().footer())
                        .filter(line -> line.startsWith(INDENT))
                        .toList();
                assertThat(examples).as("examples of %s", name).isNotEmpty();
                for (String example : examples) {
                    String[] args = example.substring(INDENT.length()).split(" ");
                    assertThatCode(() -> SeedDelta.commandLine(session).parseArgs(args))
                            .as(example)
                            .doesNotThrowAnyException();
                }
            }
        }
    }

    @Test
    void everyCommandTakesTheCommonOptions() {
        PrintStream nowhere = new PrintStream(PrintStream.nullOutputStream());
        try (Interrupts interrupts = new Interrupts(nowhere)) {
            Session session = new Session(new FakeHost(folder).host(), nowhere, nowhere, interrupts);
            CommandLine root = SeedDelta.commandLine(session);
            for (CommandLine top : root.getSubcommands().values()) {
                for (CommandLine command : withDescendants(top)) {
                    assertThat(command.getMixins().values())
                            .as(command.getCommandSpec().qualifiedName())
                            .hasAtLeastOneElementOfType(CommonOptions.class);
                }
            }
        }
    }

    private static List<CommandLine> withDescendants(CommandLine root) {
        List<CommandLine> all = new ArrayList<>(List.of(root));
        root.getSubcommands().values().forEach(child -> all.addAll(withDescendants(child)));
        return all;
    }
}
