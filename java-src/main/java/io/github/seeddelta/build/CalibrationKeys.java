package io.github.seeddelta.build;

import io.github.seeddelta.nat.GgufWriter;

/// Says in the file which calibration data it was built with. Names of files only, never their folders.
final class CalibrationKeys {
    private CalibrationKeys() {}

    static void write(GgufWriter writer, Calibration calibration, String imatrixSha256, String momentsSha256) {
        calibration.imatrix().ifPresent(file -> {
            writer.setString("seeddelta.imatrix.file", String.valueOf(file.getFileName()));
            writer.setString("seeddelta.imatrix.sha256", imatrixSha256);
            writer.setF32("seeddelta.imatrix.power", calibration.power());
            writer.setF32("seeddelta.imatrix.eps", calibration.eps());
        });
        calibration.moments().ifPresent(file -> {
            writer.setString("seeddelta.moments.file", String.valueOf(file.getFileName()));
            writer.setString("seeddelta.moments.sha256", momentsSha256);
        });
    }
}
