package io.github.seeddelta.toy.b;

import java.util.Locale;

/// The study in a terminal.
public final class StudyTable {
    private StudyTable() {}

    public static String render(StudyResult r) {
        StringBuilder out = new StringBuilder();
        add(
                out,
                "%-3s %-16s %-16s %9s %7s %7s %9s %8s%n",
                "",
                "stage",
                "layers",
                "replaced",
                "exact",
                "lost",
                "PPL",
                "KLD");
        for (StudyResult.Row row : r.rows()) {
            if (!row.stage().isOneWeight()) {
                Outcome o = row.outcome();
                add(
                        out,
                        "%-3s %-16s %-16s %9d %6.1f%% %7.1f %9.3f %8.4f%n",
                        row.stage().series(),
                        row.stage().name(),
                        row.stage().layersText(),
                        o.replaced(),
                        100 * o.accuracy(),
                        100 * r.loss(row),
                        o.ppl(),
                        o.kld());
            }
        }
        add(
                out,
                "%nrank correlation over %d single weights%n",
                r.correlations().stream()
                        .mapToInt(StudyResult.Correlation::weights)
                        .max()
                        .orElse(0));
        add(out, "%-14s %14s %10s%n", "metric", "answers lost", "KLD");
        r.correlations().forEach(c -> add(out, "%-14s %+14.2f %+10.2f%n", c.metric(), c.loss(), c.kld()));
        add(
                out,
                "%ncliff: %s%n",
                r.cliff()
                        .map(row -> "at " + row.stage().layers().size() + " layers ("
                                + row.stage().layersText() + ")")
                        .orElse("none"));
        add(
                out,
                "all by force %.1f%%, the same set under the gate %.1f%% (%d replaced), dense %.1f%%%n",
                100 * r.forced().outcome().accuracy(),
                100 * r.gated().outcome().accuracy(),
                r.gated().outcome().replaced(),
                100 * r.baseline(false).accuracy());
        return out.toString();
    }

    private static void add(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values));
    }
}
