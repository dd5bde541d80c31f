package io.github.seeddelta.cli.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The llama.cpp that native/llama/PIN names.
///
/// @param tree git tree id of the unpatched source
public record Pin(String tag, String tree) {

    /// Empty when the file is missing or lacks a key.
    static Optional<Pin> read(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            return value(lines, "TAG").flatMap(tag -> value(lines, "TREE").map(tree -> new Pin(tag, tree)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> value(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key + "="))
                .map(line -> line.substring(key.length() + 1).strip())
                .filter(value -> !value.isEmpty())
                .findFirst();
    }
}
