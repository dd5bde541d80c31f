package io.github.seeddelta.scan;

import io.github.seeddelta.eval.stats.RankCorrelation;
import io.github.seeddelta.policy.TensorKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// How well each metric ranks the harm, over all single tensors and within each kind.
final class Predictors {
    static final String ALL = "all";

    private Predictors() {}

    /// @param byGroup `all` and the kinds, in this order
    record Line(HarmMetric metric, Map<String, RankCorrelation> byGroup) {
        double rho() {
            RankCorrelation all = byGroup.get(ALL);
            return all == null || Double.isNaN(all.rho()) ? -2 : all.rho();
        }
    }

    /// Best first. Groups of tensors are not counted.
    static List<Line> of(List<ScanRow> rows) {
        List<ScanRow> single =
                rows.stream().filter(row -> row.tensors().size() == 1).toList();
        List<Line> lines = new ArrayList<>();
        for (HarmMetric metric : HarmMetric.in(single)) {
            Map<String, RankCorrelation> byGroup = new LinkedHashMap<>();
            byGroup.put(ALL, correlate(single, metric, row -> true));
            for (TensorKind kind : TensorKind.values()) {
                byGroup.put(
                        kind.shortName(),
                        correlate(
                                single, metric, row -> row.tensors().getFirst().kind() == kind));
            }
            lines.add(new Line(metric, byGroup));
        }
        lines.sort(Comparator.comparingDouble((Line line) -> -line.rho())
                .thenComparing(line -> line.metric().name()));
        return lines;
    }

    private static RankCorrelation correlate(List<ScanRow> rows, HarmMetric metric, Predicate<ScanRow> which) {
        List<ScanRow> some = rows.stream().filter(which).toList();
        return RankCorrelation.of(
                some.stream().mapToDouble(row -> metric.of(row.metrics())).toArray(),
                some.stream().mapToDouble(ScanRow::kld).toArray());
    }
}
