package io.github.seeddelta.build;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.seeddelta.gate.MetricChoice;
import io.github.seeddelta.nat.DenseWeight;
import io.github.seeddelta.nat.GgufModel;
import io.github.seeddelta.nat.GgufWriter;
import io.github.seeddelta.nat.ImatrixFile;
import io.github.seeddelta.nat.LayerFunction;
import io.github.seeddelta.nat.MomentsFile;
import io.github.seeddelta.nat.ProgressCell;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// The opened files of a [Calibration], checked against the model they are used for.
final class CalibrationData implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Calibration calibration;
    private final Optional<ImatrixFile> imatrix;
    private final Optional<MomentsFile> moments;
    private final Optional<String> imatrixSha256;
    private final Optional<String> momentsSha256;
    private final Set<String> sampled = new HashSet<>();

    private CalibrationData(
            Calibration calibration,
            Optional<ImatrixFile> imatrix,
            Optional<MomentsFile> moments,
            ProgressCell progress) {
        this.calibration = calibration;
        this.imatrix = imatrix;
        this.moments = moments;
        this.imatrixSha256 = calibration.imatrix().map(file -> sha256(file, progress));
        this.momentsSha256 = calibration.moments().map(file -> sha256(file, progress));
        moments.ifPresent(file -> readSampled(file.infoJson()));
    }

    /// @throws io.github.seeddelta.nat.NativeException.Input when a file was made for another model
    static CalibrationData open(Calibration calibration, GgufModel model, String modelSha256, ProgressCell progress) {
        Optional<ImatrixFile> imatrix = calibration.imatrix().map(ImatrixFile::open);
        Optional<MomentsFile> moments = Optional.empty();
        try {
            moments = calibration.moments().map(MomentsFile::open);
            imatrix.ifPresent(file -> file.check(model));
            moments.ifPresent(file -> file.check(model, modelSha256));
            return new CalibrationData(calibration, imatrix, moments, progress);
        } catch (RuntimeException e) {
            moments.ifPresent(MomentsFile::close);
            imatrix.ifPresent(ImatrixFile::close);
            throw e;
        }
    }

    /// What the gate of `weight` can be asked for.
    MetricChoice.Means means(String weight, int evalX) {
        return new MetricChoice.Means(evalX > 0, hasImatrix(), evalX > 0 && sampled.contains(weight), hasMoments());
    }

    /// Gives a weight all that is known of its inputs.
    ///
    /// @throws BuildException.BadInput when there is an imatrix without an entry for the weight
    void apply(DenseWeight weight, String name) {
        imatrix.ifPresent(file -> weight.setImportance(entry(file, name), calibration.power(), calibration.eps()));
        moments.ifPresent(weight::setMoments);
    }

    /// The feed-forward part of a layer on real inputs, or why there is none.
    LayerFunction.Opening layer(GgufModel model, int layer, int evalX, int threads) {
        if (moments.isEmpty()) {
            return new LayerFunction.Opening.Unmeasurable("no real inputs of the layer were given (--moments)");
        }
        if (evalX == 0) {
            return new LayerFunction.Opening.Unmeasurable("functional metrics were switched off (--eval-x 0)");
        }
        return LayerFunction.open(model, layer, moments.get(), evalX, threads);
    }

    /// @throws BuildException.BadInput as [#apply] would
    void require(String weight) {
        imatrix.ifPresent(file -> entry(file, weight));
    }

    private float[] entry(ImatrixFile file, String weight) {
        return file.importance(weight)
                .orElseThrow(
                        () -> new BuildException.BadInput(calibration.imatrix().orElseThrow() + ": has no entry for "
                                + weight + "; collect one that has, leave the tensor out, or build without --imatrix"));
    }

    boolean hasImatrix() {
        return imatrix.isPresent();
    }

    boolean hasMoments() {
        return moments.isPresent();
    }

    Optional<String> imatrixSha256() {
        return imatrixSha256;
    }

    /// Everything here that results depend on, as text.
    String fingerprint() {
        return "imatrix " + imatrixSha256.orElse("none") + ' ' + calibration.power() + ' ' + calibration.eps()
                + "\nmoments " + momentsSha256.orElse("none") + '\n';
    }

    /// Says in the file what it was built with.
    void writeKeys(GgufWriter writer) {
        CalibrationKeys.write(writer, calibration, imatrixSha256.orElse(""), momentsSha256.orElse(""));
    }

    private void readSampled(String json) {
        try {
            for (JsonNode input : JSON.readTree(json).path("inputs")) {
                if (input.path("samples").asLong() > 0) {
                    input.path("weights").forEach(weight -> sampled.add(weight.asText()));
                }
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the native library describes moments in broken JSON", e);
        }
    }

    private static String sha256(Path file, ProgressCell progress) {
        try (GgufModel opened = GgufModel.open(file)) {
            return opened.sha256(progress);
        }
    }

    @Override
    public void close() {
        moments.ifPresent(MomentsFile::close);
        imatrix.ifPresent(ImatrixFile::close);
    }
}
