package io.github.seeddelta.build;

import io.github.seeddelta.policy.CliDefaults;
import io.github.seeddelta.policy.Policy;
import java.nio.file.Path;
import java.util.Optional;

/// What to build, as the command line says it.
///
/// @param policy          [Policy#none] without one
/// @param policyFile      its name, for the report
/// @param evalRows        output rows sampled for the weight metrics, 0 = all
/// @param evalX           random activations for the functional metrics, 0 = none
/// @param gatingFallback  judge by the nearest metric that can be computed
/// @param forceStripDense replace what gate or stack refused too, marked as forced
/// @param dryRun          decide and report, write no model
public record BuildRequest(
        Path model,
        Path output,
        Policy policy,
        Optional<String> policyFile,
        CliDefaults cli,
        Measurement measurement,
        Calibration calibration,
        boolean gatingFallback,
        boolean forceStripDense,
        Existing existing,
        SizeLimit size,
        boolean dryRun,
        int threads) {

    /// What the user said about an input that carries payloads.
    public record Existing(boolean skip, boolean overwrite) {}

    /// How much is measured, and from which seed.
    public record Measurement(int evalRows, int evalX, long seed) {}
}
