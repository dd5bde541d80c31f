package io.github.seeddelta.build;

import java.nio.file.Path;
import java.util.Optional;

/// What was measured on a text and goes into a build (docs/CALIBRATION.md).
///
/// @param imatrix inputs count by `meanSquare^power + eps`
/// @param moments second moments for refitting, samples for `cos_act`
public record Calibration(Optional<Path> imatrix, float power, float eps, Optional<Path> moments) {
    public static final float DEFAULT_POWER = 1;
    public static final float DEFAULT_EPS = 0;

    public static final Calibration NONE =
            new Calibration(Optional.empty(), DEFAULT_POWER, DEFAULT_EPS, Optional.empty());
}
