package io.github.seeddelta.cli;

import io.github.seeddelta.cli.frame.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Arguments that can be refused before any work.
final class Checks {
    private Checks() {}

    static void atLeast(String option, int value, int lowest) {
        if (value < lowest) {
            throw new CliException.Usage(option + " " + value + ": must be at least " + lowest);
        }
    }

    /// The folder of an output file exists and takes files.
    static void folderOf(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new CliException.BadInput(file + ": there is no folder " + folder + "; make it first");
        }
        if (!Files.isWritable(folder)) {
            throw new CliException.BadInput(
                    folder + ": is not writable; choose another folder for " + file.getFileName());
        }
        if (Files.isDirectory(file)) {
            throw new CliException.BadInput(file + ": is a folder; name a file");
        }
    }

    static void readable(Path file) {
        if (!Files.exists(file)) {
            throw new CliException.BadInput(file + ": no such file");
        }
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new CliException.BadInput(file + ": is not a file that can be read");
        }
    }

    static void notTheSameFile(Path input, Path output) throws IOException {
        if (Files.exists(input) && Files.exists(output) && Files.isSameFile(input, output)) {
            throw new CliException.Usage(output + ": is the input itself; write to another file");
        }
    }
}
