package io.github.seeddelta.cli.natives;

import io.github.seeddelta.cli.frame.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The patches that make the fork, as one digest.
final class PatchSeries {
    private PatchSeries() {}

    /// SHA-256 over "name sha256" of each patch in the order of the series; empty when a file is missing.
    /// The same sum as seeddelta_read_series in cmake/seeddelta-pin.cmake.
    static Optional<String> digest(Path folder) {
        StringBuilder sums = new StringBuilder();
        try {
            for (String line : Files.readAllLines(folder.resolve("series"))) {
                String name = line.strip();
                if (!name.isEmpty() && !name.startsWith("#")) {
                    String sum = Sha256.of(folder.resolve(name), bytes -> {});
                    sums.append(name).append(' ').append(sum).append('\n');
                }
            }
            return Optional.of(Sha256.of(sums.toString()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
