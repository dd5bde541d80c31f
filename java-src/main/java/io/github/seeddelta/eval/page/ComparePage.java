package io.github.seeddelta.eval.page;

import static io.github.seeddelta.report.page.Html.escape;

import io.github.seeddelta.eval.result.CompareTable;
import io.github.seeddelta.eval.result.Comparison;
import io.github.seeddelta.eval.result.Format;
import io.github.seeddelta.report.page.Html;
import java.util.List;
import java.util.Optional;

/// Several evaluations side by side as a page that needs nothing but itself.
public final class ComparePage {
    private ComparePage() {}

    public static String render(Comparison c) {
        StringBuilder body = new StringBuilder();
        header(c, body);
        body.append("<h2>Quality against size</h2>\n<div class=\"single\">\n");
        EvalPage.figure(
                body,
                c.byKld() ? "Mean KLD against file size" : "PPL change against file size",
                "<span>lower and further left is better; green: best at its size; ring: fails the greedy pack;"
                        + " numbers as in the table</span>",
                ScatterPlot.render(c));
        body.append("</div>\n<h2>All figures</h2>\n<div class=\"scroll\"><table class=\"nowrap\">\n");
        List<List<String>> rows = CompareTable.cells(c);
        for (int i = 0; i < rows.size(); i++) {
            boolean best = i >= 2 && c.rows().get(i - 2).frontier();
            body.append(i == 1 ? "<tr class=\"base\">" : best ? "<tr class=\"best\">" : "<tr>");
            for (String cell : rows.get(i)) {
                String tag = i == 0 ? "th" : "td";
                body.append('<').append(tag).append('>').append(escape(cell));
                body.append("</").append(tag).append('>');
            }
            body.append("</tr>\n");
        }
        body.append("</table></div>\n");
        CompareTable.legend(c)
                .lines()
                .forEach(l -> body.append("<p class=\"dim\">").append(escape(l)).append("</p>\n"));
        files(c, body);
        return Html.page("SeedΔ: comparison against " + c.base().fileName(), body.toString());
    }

    private static void header(Comparison c, StringBuilder out) {
        List<Comparison.Row> ranked = c.ranked();
        out.append("<header class=\"verdict\">\n<h1>");
        Optional<Comparison.Row> closest = ranked.stream()
                .filter(r ->
                        !r.result().primary().map(b -> b.paired().isIdentical()).orElse(false))
                .findFirst();
        out.append(closest.map(r -> "Closest to the base: " + escape(r.label()))
                .orElse(ranked.isEmpty() ? "Nothing here can be ranked" : "All scores are the base's own"));
        out.append("</h1>\n<p>%s measured against <code>%s</code>%s.</p>\n"
                .formatted(
                        Format.count(c.rows().size(), "file"),
                        escape(c.base().fileName()),
                        ranked.isEmpty() ? "" : escape(where(ranked.getFirst()))));
        List<String> best = ranked.stream()
                .filter(Comparison.Row::frontier)
                .map(Comparison.Row::label)
                .toList();
        if (!best.isEmpty()) {
            out.append("<p>Best at their size: ")
                    .append(escape(String.join(", ", best)))
                    .append(".</p>\n");
        }
        out.append("</header>\n");
    }

    private static String where(Comparison.Row r) {
        return r.result()
                .primary()
                .map(b -> " on the same %s (%s, ctx %d)"
                        .formatted(Format.count(b.tokensScored(), "token"), Format.count(b.chunks(), "chunk"), b.ctx()))
                .orElse("");
    }

    private static void files(Comparison c, StringBuilder out) {
        out.append("<h2>Files</h2>\n<dl>\n");
        out.append("<dt>base</dt><dd>").append(escape(c.base().path())).append("<br><code>");
        out.append(escape(c.base().sha256())).append("</code></dd>\n");
        for (Comparison.Row r : c.rows()) {
            out.append("<dt>").append(escape(r.label())).append("</dt><dd>");
            out.append(escape(r.result().model().path())).append("<br><code>");
            out.append(escape(r.result().model().sha256())).append("</code></dd>\n");
        }
        out.append("</dl>\n");
    }
}
