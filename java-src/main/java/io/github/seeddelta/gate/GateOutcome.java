package io.github.seeddelta.gate;

import io.github.seeddelta.policy.Metric;

/// What the gate found for one tensor on its own (SPEC §7).
///
/// @param margin   `min(mean − minMean, p05 − minP05)`; negative when it fails on numbers
/// @param denied   refused whatever was measured
/// @param sentence for people, without a final full stop
public record GateOutcome(
        Metric metric,
        MetricPair measured,
        Thresholds thresholds,
        double margin,
        boolean denied,
        boolean pass,
        String sentence) {}
