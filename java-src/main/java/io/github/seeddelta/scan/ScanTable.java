package io.github.seeddelta.scan;

import io.github.seeddelta.eval.stats.RankCorrelation;
import io.github.seeddelta.policy.TensorKind;
import java.util.List;
import java.util.Locale;

/// The end of a scan on the terminal: which metric ranks the harm, and what the groups did.
public final class ScanTable {
    private ScanTable() {}

    public static String text(List<ScanRow> rows) {
        StringBuilder out = new StringBuilder();
        List<Predictors.Line> lines = Predictors.of(rows);
        if (!lines.isEmpty()) {
            out.append(String.format(Locale.ROOT, "%-28s %6s", "Spearman with mean KLD", Predictors.ALL));
            for (TensorKind kind : TensorKind.values()) {
                out.append(String.format(Locale.ROOT, " %6s", kind.shortName()));
            }
            out.append('\n');
        }
        for (Predictors.Line line : lines) {
            out.append(String.format(Locale.ROOT, "%-28s", line.metric().form()));
            line.byGroup().values().forEach(c -> out.append(cell(c)));
            out.append('\n');
        }
        List<ScanRow> groups =
                rows.stream().filter(row -> row.tensors().size() > 1).toList();
        if (!groups.isEmpty()) {
            out.append(String.format(
                    Locale.ROOT, "\n%-34s %7s %10s %9s %10s\n", "group", "tensors", "mean KLD", "per one", "PPL"));
        }
        for (ScanRow g : groups) {
            out.append(String.format(
                    Locale.ROOT,
                    "%-34s %7d %10.4f %9.4f %+9.1f%%\n",
                    g.name(),
                    g.tensors().size(),
                    g.kld(),
                    g.kld() / g.tensors().size(),
                    100 * Math.expm1(g.lnPpl())));
        }
        return out.toString();
    }

    private static String cell(RankCorrelation c) {
        return Double.isNaN(c.rho()) ? String.format("%7s", "-") : String.format(Locale.ROOT, "%+7.3f", c.rho());
    }
}
