package io.github.seeddelta.cli;

import io.github.seeddelta.build.Inspection;
import io.github.seeddelta.cli.frame.Session;
import io.github.seeddelta.nat.RuntimeOptions;
import java.nio.file.Path;
import java.util.List;
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

    /// Says so when there is nothing to fall back to.
    void note(Session session, CommonOptions common, Path model) {
        if (!fallback) {
            return;
        }
        List<Inspection.PayloadRow> payloads = Inspection.of(model).payloads();
        long stripped =
                payloads.stream().filter(Inspection.PayloadRow::stripped).count();
        if (stripped > 0) {
            session.say(
                    common.verbosity(),
                    "%s: %d of its %d SeedΔ weights have no dense twin that --seeddelta-fallback could use"
                            .formatted(model, stripped, payloads.size()));
        }
    }

    RuntimeOptions options() {
        return new RuntimeOptions(payloads, fallback, gap);
    }
}
