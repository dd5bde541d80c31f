package io.github.seeddelta.cli;

import io.github.seeddelta.nat.RuntimeOptions;
import picocli.CommandLine.Option;

/// How SeedΔ payloads run; the flags that the fork's own tools have.
final class RuntimeFlags {
    @Option(
            names = "--seeddelta",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Run payloads. --no-seeddelta runs dense twins and refuses a file that lacks one.")
    boolean payloads;

    @Option(
            names = "--seeddelta-gap",
            paramLabel = "G",
            description = "Use the dense twin of a payload whose stored weighted error exceeds G.")
    double gap = Double.POSITIVE_INFINITY;

    @Option(
            names = "--seeddelta-fallback",
            description = "Let a dense twin replace results that are not finite, and payloads over the gap.")
    boolean fallback;

    RuntimeOptions options() {
        return new RuntimeOptions(payloads, fallback, gap);
    }
}
