package io.github.seeddelta.toy.b;

import static io.github.seeddelta.report.page.Html.escape;

import io.github.seeddelta.report.page.Html;
import io.github.seeddelta.report.page.Scale;
import io.github.seeddelta.report.page.Svg;
import io.github.seeddelta.toy.ToyB;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// The study as a page that needs nothing but itself.
public final class StudyPage {
    private static final int WIDTH = 440;
    private static final int HEIGHT = 270;
    private static final double LEFT = 46;
    private static final double RIGHT = 428;
    private static final double TOP = 28;
    private static final double BOTTOM = 222;
    private static final double RADIUS = 4.5;
    private static final double MIN_KLD = 1e-5;

    private StudyPage() {}

    public static String render(StudyResult r) {
        StringBuilder body = new StringBuilder();
        verdict(r, body);
        body.append("<h2>Where the stack breaks</h2>\n<div class=\"grid-of-plots\">\n");
        figure(
                body,
                "Exact answers, layers replaced one by one (B4)",
                "<span><i class=\"key base\"></i>mean of the tasks; dashed: the dense model; red: beyond the cliff;"
                        + " green: all layers offered, the gate chose (B5)</span>",
                cliff(r));
        figure(
                body,
                "Divergence from the dense model, the same sets",
                "<span>mean KLD per token of the held-out text</span>",
                divergence(r));
        body.append("</div>\n");
        stages(r, body);
        fragile(r, body);
        correlations(r, body);
        body.append(
                        "<p class=\"dim\">Single weights and layers (B2) were measured on 50 items per task and half of the")
                .append(
                        " held-out text, all else on the other 150 items and the other half. An answer counts when it is")
                .append(" the right one to the last byte.</p>\n");
        return Html.page("Toy B: where a stack breaks", body.toString());
    }

    private static void verdict(StudyResult r, StringBuilder out) {
        boolean good = r.gatePreventsCollapse();
        out.append("<header class=\"verdict ").append(good ? "good" : "bad").append("\">\n<h1>");
        out.append(good ? "The gate prevents the collapse" : "The gate does not make the difference here");
        out.append("</h1>\n");
        line(
                out,
                "Dense: %s of the answers are right.",
                percent(r.baseline(false).accuracy()));
        Optional<StudyResult.Row> cliff = r.cliff();
        if (cliff.isPresent()) {
            line(
                    out,
                    "The cliff comes at %d layers of 8 replaced (layers %s): %s.",
                    cliff.get().stage().layers().size(),
                    cliff.get().stage().layersText(),
                    percent(cliff.get().outcome().accuracy()));
        } else {
            line(out, "No cliff: all layers can be replaced.");
        }
        line(
                out,
                "All %d weights by force: %s. The same set under the gate: %d replaced, %s.",
                r.forced().outcome().replaced(),
                percent(r.forced().outcome().accuracy()),
                r.gated().outcome().replaced(),
                percent(r.gated().outcome().accuracy()));
        out.append("</header>\n");
    }

    private static String cliff(StudyResult r) {
        List<StudyResult.Row> rows = r.series("B4");
        Svg svg = new Svg(WIDTH, HEIGHT, "Share of exact answers against the number of layers replaced");
        Scale x = new Scale(0, rows.size() + 0.4, LEFT, RIGHT, false);
        Scale y = new Scale(0, 1.02, BOTTOM, TOP, false);
        svg.yAxis(y, LEFT, RIGHT, 5, "exact answers, share").xAxis(x, BOTTOM, BOTTOM, rows.size(), "layers replaced");
        double base = r.baseline(false).accuracy();
        svg.line(LEFT, y.at(base), RIGHT, y.at(base), "mark");
        List<Double> line = new ArrayList<>(List.of(x.at(0), y.at(base)));
        rows.forEach(row -> {
            line.add(x.at(row.stage().layers().size()));
            line.add(y.at(row.outcome().accuracy()));
        });
        svg.path(line, "line-base");
        rows.forEach(row -> svg.circle(
                x.at(row.stage().layers().size()),
                y.at(row.outcome().accuracy()),
                RADIUS,
                r.loss(row) > StudyResult.CLIFF ? "point-fail" : "fill-base",
                tip(row)));
        svg.circle(x.at(rows.size()), y.at(r.gated().outcome().accuracy()), RADIUS + 1, "point-best", tip(r.gated()));
        r.cliff().ifPresent(row -> {
            double at = x.at(row.stage().layers().size() - 0.5);
            svg.line(at, BOTTOM, at, TOP, "mark");
            svg.text(at + 5, BOTTOM - 8, Svg.Anchor.START, "tick", "cliff");
        });
        return svg.render();
    }

    private static String divergence(StudyResult r) {
        List<StudyResult.Row> rows = r.series("B4");
        ToDoubleFunction<StudyResult.Row> kld =
                row -> Math.max(MIN_KLD, row.outcome().kld());
        Svg svg = new Svg(WIDTH, HEIGHT, "Mean KLD against the number of layers replaced");
        List<StudyResult.Row> all = new ArrayList<>(rows);
        all.add(r.gated());
        Scale x = new Scale(0, rows.size() + 0.4, LEFT, RIGHT, false);
        Scale y = Scale.log(
                all.stream().mapToDouble(kld).min().orElseThrow(),
                all.stream().mapToDouble(kld).max().orElseThrow(),
                BOTTOM,
                TOP);
        svg.yAxis(y, LEFT, RIGHT, 5, "KLD, nats (log)").xAxis(x, BOTTOM, BOTTOM, rows.size(), "layers replaced");
        List<Double> line = new ArrayList<>();
        rows.forEach(row -> {
            line.add(x.at(row.stage().layers().size()));
            line.add(y.at(kld.applyAsDouble(row)));
        });
        svg.path(line, "line-base");
        rows.forEach(row -> svg.circle(
                x.at(row.stage().layers().size()), y.at(kld.applyAsDouble(row)), RADIUS, "fill-base", tip(row)));
        svg.circle(x.at(rows.size()), y.at(kld.applyAsDouble(r.gated())), RADIUS + 1, "point-best", tip(r.gated()));
        return svg.render();
    }

    private static String tip(StudyResult.Row row) {
        return String.format(
                Locale.ROOT,
                "layers %s, %d weights replaced: %s exact, KLD %.4f",
                row.stage().layersText(),
                row.outcome().replaced(),
                percent(row.outcome().accuracy()),
                row.outcome().kld());
    }

    private static void stages(StudyResult r, StringBuilder out) {
        out.append("<h2>B1, B3, B4, B5: the verdict items</h2>\n<div class=\"scroll\"><table class=\"nowrap\">\n");
        List<String> tasks = List.copyOf(r.baseline(false).scores().keySet());
        out.append("<tr><th>stage</th><th>layers</th><th>replaced</th><th>exact</th>");
        tasks.forEach(task -> out.append("<th>").append(escape(task)).append("</th>"));
        out.append("<th>PPL</th><th>paired change</th><th>KLD</th><th>same top 1</th><th>MiB</th></tr>\n");
        for (StudyResult.Row row : r.rows()) {
            if (row.stage().choice()) {
                continue;
            }
            Outcome o = row.outcome();
            List<String> cells = new ArrayList<>(List.of(
                    row.stage().series() + (row.stage().series().equals("B5") ? " gated" : ""),
                    row.stage().layers().isEmpty() ? "–" : row.stage().layersText(),
                    String.valueOf(o.replaced()),
                    percent(o.accuracy())));
            tasks.forEach(task -> cells.add(
                    percent(o.scores().getOrDefault(task, new ToyB.Score(0, 0)).share())));
            cells.add(String.format(Locale.ROOT, "%.3f", o.ppl()));
            cells.add(String.format(
                    Locale.ROOT,
                    "%+.2f %% ± %.2f",
                    100 * Math.expm1(o.lnPplRatio()),
                    100 * Math.exp(o.lnPplRatio()) * o.se()));
            cells.add(String.format(Locale.ROOT, "%.4f ± %.4f", o.kld(), o.kldSe()));
            cells.add(percent(o.sameTop1()));
            cells.add(String.format(Locale.ROOT, "%.2f", o.bytes() / 1048576.0));
            row(out, cells);
        }
        out.append("</table></div>\n");
    }

    private static void fragile(StudyResult r, StringBuilder out) {
        out.append("<h2>Fragile layers (B2)</h2>\n<p class=\"dim\">One layer at a time, most fragile first; points of")
                .append(" exact answers lost and KLD.</p>\n<div class=\"scroll\"><table class=\"nowrap\">\n")
                .append("<tr><th>layer</th><th>lost</th><th>KLD</th><th>gate alone</th><th>up alone</th>")
                .append("<th>down alone</th></tr>\n");
        for (StudyResult.Row row : r.fragile()) {
            int layer = row.stage().layers().getFirst();
            row(
                    out,
                    List.of(
                            String.valueOf(layer),
                            points(r.loss(row)),
                            String.format(Locale.ROOT, "%.4f", row.outcome().kld()),
                            alone(r, layer, "ffn_gate"),
                            alone(r, layer, "ffn_up"),
                            alone(r, layer, "ffn_down")));
        }
        out.append("</table></div>\n");
    }

    private static String alone(StudyResult r, int layer, String kind) {
        return r.weight(layer, kind)
                .map(row -> points(r.loss(row))
                        + String.format(Locale.ROOT, " / %.4f", row.outcome().kld()))
                .orElse("–");
    }

    private static void correlations(StudyResult r, StringBuilder out) {
        out.append("<h2>Which metric sees it coming</h2>\n<p class=\"dim\">Spearman's rank correlation over the")
                .append(" single weights of B2. A cosine should be near −1, an error near +1.</p>\n")
                .append("<div class=\"scroll\"><table class=\"nowrap\">\n")
                .append("<tr><th>metric</th><th>with answers lost</th><th>with KLD</th><th>weights</th></tr>\n");
        for (StudyResult.Correlation c : r.correlations()) {
            row(out, List.of(c.metric(), rank(c.loss()), rank(c.kld()), String.valueOf(c.weights())));
        }
        out.append("</table></div>\n");
    }

    private static String rank(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%+.2f", value) : "–";
    }

    private static String points(double loss) {
        return String.format(Locale.ROOT, "%.1f", 100 * loss);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append("<p>")
                .append(escape(String.format(Locale.ROOT, format, values)))
                .append("</p>\n");
    }

    private static void row(StringBuilder out, List<String> cells) {
        out.append("<tr>");
        cells.forEach(cell -> out.append("<td>").append(escape(cell)).append("</td>"));
        out.append("</tr>\n");
    }

    private static void figure(StringBuilder out, String caption, String noteHtml, String svg) {
        out.append("<figure><figcaption>")
                .append(escape(caption))
                .append(noteHtml)
                .append("</figcaption>\n")
                .append(svg)
                .append("</figure>\n");
    }
}
