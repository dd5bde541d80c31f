package io.github.seeddelta.scan;

import io.github.seeddelta.eval.stats.RankCorrelation;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.report.page.Html;
import io.github.seeddelta.report.page.Scale;
import io.github.seeddelta.report.page.Svg;
import java.util.List;
import java.util.Locale;

/// A scan as a page that needs nothing but itself: the table of correlations, and each metric against the harm.
final class ScanPage {
    private static final int WIDTH = 440;
    private static final int HEIGHT = 300;
    private static final double LEFT = 52;
    private static final double RIGHT = 428;
    private static final double TOP = 28;
    private static final double BOTTOM = 256;
    private static final double LEAST = 1e-4;

    private ScanPage() {}

    static String render(ScanJson.Meta meta, List<ScanRow> rows) {
        List<ScanRow> single =
                rows.stream().filter(row -> row.tensors().size() == 1).toList();
        List<Predictors.Line> lines = Predictors.of(rows);
        StringBuilder body = new StringBuilder();
        body.append("<header class=\"verdict\">\n<h1>Which metric knows the harm</h1>\n<p>")
                .append(single.size())
                .append(" experiments with one tensor of <code>")
                .append(Html.escape(meta.model()))
                .append("</code>, judged on ")
                .append(meta.chunks())
                .append(" chunks of ")
                .append(meta.ctx())
                .append(" tokens of <code>")
                .append(Html.escape(meta.text()))
                .append("</code>.</p>\n</header>\n");
        table(body, lines);
        body.append("<h2>Each metric against mean KLD</h2>\n<p class=\"dim\">Every point is a tensor replaced one way:"
                + " gate orange, up green, down a red ring. A metric that predicts harm makes one rising line out of all three."
                + "</p>\n<div class=\"grid-of-plots\">\n");
        for (Predictors.Line line : lines) {
            plot(body, line, single);
        }
        body.append("</div>\n");
        all(body, rows);
        return Html.page("SeedΔ: scan of " + meta.model(), body.toString());
    }

    private static void table(StringBuilder out, List<Predictors.Line> lines) {
        out.append(
                "<h2>Rank correlation with mean KLD (Spearman)</h2>\n<div class=\"scroll\"><table class=\"nowrap\">\n"
                        + "<tr><th>metric</th><th>all</th>");
        for (TensorKind kind : TensorKind.values()) {
            out.append("<th>").append(kind.shortName()).append("</th>");
        }
        out.append("</tr>\n");
        for (Predictors.Line line : lines) {
            out.append("<tr><td>").append(Html.escape(line.metric().form())).append("</td>");
            line.byGroup().values().forEach(c -> out.append("<td>")
                    .append(Double.isNaN(c.rho()) ? "-" : String.format(Locale.ROOT, "%+.3f (%d)", c.rho(), c.n()))
                    .append("</td>"));
            out.append("</tr>\n");
        }
        out.append("</table></div>\n");
    }

    private static void plot(StringBuilder out, Predictors.Line line, List<ScanRow> rows) {
        List<ScanRow> shown = rows.stream()
                .filter(row -> line.metric().of(row.metrics()) > 0 && row.kld() > 0)
                .toList();
        if (shown.size() < 2) {
            return;
        }
        double[] x = shown.stream()
                .mapToDouble(row -> Math.max(LEAST, line.metric().of(row.metrics())))
                .toArray();
        double[] y =
                shown.stream().mapToDouble(row -> Math.max(LEAST, row.kld())).toArray();
        Scale across = scale(x, LEFT, RIGHT);
        Scale up = scale(y, BOTTOM, TOP);
        Svg svg = new Svg(WIDTH, HEIGHT, line.metric().form() + " against mean KLD");
        svg.yAxis(up, LEFT, RIGHT, 5, "mean KLD, nats (log)");
        svg.xAxis(across, BOTTOM, TOP, 5, line.metric().form() + " (log)");
        for (int i = 0; i < x.length; i++) {
            ScanRow row = shown.get(i);
            svg.circle(
                    across.at(x[i]),
                    up.at(y[i]),
                    4,
                    style(row.tensors().getFirst().kind()),
                    String.format(Locale.ROOT, "%s: %.4f, KLD %.4f", row.name(), x[i], y[i]));
        }
        RankCorrelation c = line.byGroup().get(Predictors.ALL);
        out.append("<figure><figcaption>")
                .append(Html.escape(line.metric().form()))
                .append(c == null ? "" : String.format(Locale.ROOT, ": %+.3f", c.rho()))
                .append("</figcaption>")
                .append(svg.render())
                .append("</figure>\n");
    }

    private static Scale scale(double[] values, double start, double end) {
        double low = java.util.Arrays.stream(values).min().orElse(LEAST);
        double high = java.util.Arrays.stream(values).max().orElse(1);
        return Scale.log(low, Math.max(high, low * 1.01), start, end);
    }

    private static String style(TensorKind kind) {
        return switch (kind) {
            case FFN_GATE -> "point";
            case FFN_UP -> "point-best";
            case FFN_DOWN -> "point-fail";
        };
    }

    private static void all(StringBuilder out, List<ScanRow> rows) {
        out.append("<h2>All experiments</h2>\n<div class=\"scroll\"><table class=\"nowrap\">\n"
                + "<tr><th>what</th><th>tensors</th><th>payload / dense</th><th>mean KLD</th><th>PPL</th>"
                + "<th>same top-1</th></tr>\n");
        for (ScanRow row : rows) {
            out.append(String.format(
                    Locale.ROOT,
                    "<tr><td>%s</td><td>%d</td><td>%.2f</td><td>%.4f ± %.4f</td><td>%+.2f %%</td><td>%.1f %%</td></tr>\n",
                    Html.escape(row.name()),
                    row.tensors().size(),
                    (double) row.payloadBytes() / Math.max(1, row.denseBytes()),
                    row.kld(),
                    row.kldSe(),
                    100 * Math.expm1(row.lnPpl()),
                    100 * row.sameTop1()));
        }
        out.append("</table></div>\n");
    }
}
