package io.github.seeddelta.build;

import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.GgufWriter;
import io.github.seeddelta.nat.ProgressCell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// A SeedΔ file made dense again.
public final class Restore {
    private Restore() {}

    /// @param type     `f16` or `f32`, of the decoded weights
    /// @param progress of the writing; cancelling it ends the work
    /// @return size of the file in bytes
    /// @throws BuildException.BadInput when the model carries no payloads
    public static long run(Path model, Path output, String type, ProgressCell progress) throws IOException {
        try (SourceModel source = SourceModel.open(model)) {
            if (!source.carriesPayloads()) {
                throw new BuildException.BadInput(model + ": carries no payloads, so there is nothing to restore");
            }
            return write(source.file(), output, type, progress);
        }
    }

    private static long write(GgufModel source, Path output, String type, ProgressCell progress) throws IOException {
        Path part = output.resolveSibling(output.getFileName() + ".part");
        try (GgufWriter writer = GgufWriter.open(source)) {
            writer.restore(type);
            long bytes = writer.planBytes();
            OutputFile.requireSpace(part, bytes);
            writer.write(part, progress);
            Files.move(part, output, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return bytes;
        }
    }
}
