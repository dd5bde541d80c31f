package io.github.seeddelta.scan;

import io.github.seeddelta.build.BuildRequest;
import io.github.seeddelta.build.Calibration;
import io.github.seeddelta.report.Report;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What to scan.
///
/// @param probes single tensors, in the order in which they are tried
/// @param groups a report whose tensors are forced in groups by margin
/// @param text   judged on its first `chunks` chunks of `ctx` tokens
/// @param out    folder for `layer_sensitivity_scan.json`, the page, and what is kept between runs
public record ScanRequest(
        Path model,
        Calibration calibration,
        BuildRequest.Measurement measurement,
        List<Probe> probes,
        Optional<Groups> groups,
        Path text,
        int ctx,
        int chunks,
        int threads,
        Path out) {
    public ScanRequest {
        probes = List.copyOf(probes);
    }

    /// @param size tensors per group
    public record Groups(Report report, int size) {}
}
