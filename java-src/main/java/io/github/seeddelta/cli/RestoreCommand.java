package io.github.seeddelta.cli;

import io.github.seeddelta.build.Restore;
import io.github.seeddelta.cli.frame.ExitCode;
import io.github.seeddelta.cli.frame.Interrupts;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.nat.ProgressCell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "restore",
        description = "Decode every payload into a dense model that stock llama.cpp loads.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The result computes what the SeedΔ file computes; what was lost before stays lost, and the file says so.",
            "",
            "Example:",
            "  seeddelta restore small.gguf -o dense.gguf"
        })
final class RestoreCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    CommonOptions common;

    @Parameters(paramLabel = "MODEL", description = "A SeedΔ file.")
    Path model;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DENSE.gguf",
            description = "The file to write.")
    Path output;

    @Option(names = "--type", paramLabel = "T", description = "Type of decoded weights: f16 or f32. Default: f16.")
    String type = "f16";

    RestoreCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        Checks.notTheSameFile(model, output);
        Checks.folderOf(output);
        long bytes;
        try (ProgressCell progress = new ProgressCell();
                Interrupts.Guarded<ProgressCell> ignored =
                        session.interrupts().guard(() -> progress, ProgressCell::cancel)) {
            bytes = Restore.run(model, output, type, progress);
        }
        session.say(
                common.verbosity(),
                String.format(Locale.ROOT, "%s: %.1f MiB, dense, lossy", output, bytes / 1048576.0));
        return ExitCode.OK;
    }
}
