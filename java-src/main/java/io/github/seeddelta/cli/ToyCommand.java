package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.CliException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "toy",
        description = "Controlled models: what must come out is known beforehand.",
        synopsisSubcommandLabel = "COMMAND",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        subcommands = {ToyACommand.class, ToyBCommand.class},
        footer = {"", "Example:", "  seeddelta toy a --out toy-a"})
final class ToyCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common;

    @Override
    public Integer call() {
        throw new CliException.Usage("toy needs a command; see: seeddelta toy --help");
    }
}
