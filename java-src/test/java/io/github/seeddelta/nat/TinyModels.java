package io.github.seeddelta.nat;

import java.io.IOException;
import java.nio.file.Path;

/// [TinyModel] for tests of other packages.
public final class TinyModels {
    private TinyModels() {}

    public static Path write(Path file) throws IOException {
        return TinyModel.write(file);
    }
}
