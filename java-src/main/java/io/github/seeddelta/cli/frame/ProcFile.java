package io.github.seeddelta.cli.frame;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// A file of "key : value" lines in which the kernel describes the machine. What cannot be read is empty.
public record ProcFile(List<String> lines) {

    public static ProcFile read(Path file) {
        try {
            return new ProcFile(Files.readAllLines(file));
        } catch (IOException e) {
            return new ProcFile(List.of());
        }
    }

    /// The flags of the first processor, as the kernel names them.
    public static Set<String> cpuFlags(Path proc) {
        String flags = read(proc.resolve("cpuinfo")).value("flags");
        return flags.isEmpty() ? Set.of() : Set.of(flags.split("\\s+"));
    }

    /// The value of the first line with this key, or an empty string.
    public String value(String key) {
        return lines.stream()
                .filter(line -> line.matches(key + "\\s*:.*"))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("");
    }
}
