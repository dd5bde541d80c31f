package io.github.seeddelta.cli;

import io.github.seeddelta.build.Calibration;
import io.github.seeddelta.cli.frame.CliException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The files that say which inputs of a weight matter.
final class CalibrationOptions {
    private static final float MAX_POWER = 16;

    @Option(names = "--imatrix", paramLabel = "I.gguf", description = "Weigh inputs by what 'imatrix' measured.")
    Optional<Path> imatrix = Optional.empty();

    @Option(names = "--imatrix-power", paramLabel = "P", description = "Exponent of the measured values. Default: 1.")
    Optional<Float> power = Optional.empty();

    @Option(names = "--imatrix-eps", paramLabel = "E", description = "Added to every value after that. Default: 0.")
    Optional<Float> eps = Optional.empty();

    @Option(
            names = "--moments",
            paramLabel = "M.gguf",
            description = "Refit kept values, and judge by real activations, with what 'imatrix --moments' measured.")
    Optional<Path> moments = Optional.empty();

    /// Errors: usage when a value makes no sense, a file that cannot be read.
    Calibration calibration() {
        if (imatrix.isEmpty() && (power.isPresent() || eps.isPresent())) {
            throw new CliException.Usage(
                    "--imatrix-power and --imatrix-eps say how an imatrix is used; give --imatrix");
        }
        imatrix.ifPresent(Checks::readable);
        moments.ifPresent(Checks::readable);
        float exponent = power.orElse(Calibration.DEFAULT_POWER);
        float floor = eps.orElse(Calibration.DEFAULT_EPS);
        if (!(exponent >= 0 && exponent <= MAX_POWER)) {
            throw new CliException.Usage("--imatrix-power " + exponent + ": must be from 0 to 16");
        }
        if (!(floor >= 0 && Float.isFinite(floor))) {
            throw new CliException.Usage("--imatrix-eps " + floor + ": must be 0 or more and finite");
        }
        return new Calibration(imatrix, exponent, floor, moments);
    }
}
