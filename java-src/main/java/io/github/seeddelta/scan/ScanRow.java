package io.github.seeddelta.scan;

import io.github.seeddelta.gate.TensorId;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What one experiment measured: the replacement by itself, and what it does to the model.
///
/// @param name    unique in a scan
/// @param tensors one for a probe, several for a group
/// @param metrics of docs/METRICS.md by their names in a report; for a group see [GroupMetrics]
/// @param kld     mean divergence from the base, nats per token
/// @param lnPpl   ln(PPL model / PPL base) on the same tokens
public record ScanRow(
        String name,
        String setting,
        List<TensorId> tensors,
        long denseBytes,
        long payloadBytes,
        SortedMap<String, Double> metrics,
        double kld,
        double kldSe,
        double lnPpl,
        double lnPplSe,
        double sameTop1) {
    public ScanRow {
        tensors = List.copyOf(tensors);
        metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
    }
}
