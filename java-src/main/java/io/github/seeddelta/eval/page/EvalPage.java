package io.github.seeddelta.eval.page;

import static io.github.seeddelta.report.page.Html.escape;

import io.github.seeddelta.eval.result.EvalResult;
import io.github.seeddelta.eval.result.Format;
import io.github.seeddelta.eval.result.Headline;
import io.github.seeddelta.eval.result.ModelFile;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.Kld;
import io.github.seeddelta.eval.stats.Paired;
import io.github.seeddelta.report.page.Html;
import java.util.Locale;
import java.util.Optional;

/// One evaluation as a page that needs nothing but itself.
public final class EvalPage {
    private static final String KEY = "<span><i class=\"key base\"></i>base <i class=\"key model\"></i>model</span>";

    private EvalPage() {}

    /// @param layers HTML about the layers of the model, from its build; trusted, it is not escaped
    public static String render(EvalResult r, Optional<String> layers) {
        StringBuilder body = new StringBuilder();
        verdict(r, body);
        r.reference()
                .filter(x -> !x.equal())
                .ifPresent(x -> body.append("<p class=\"fail\">Digits differ from upstream.</p>\n"));
        tables(r, body);
        plots(r, body);
        layers.ifPresent(html -> body.append("<h2>Layers</h2>\n").append(html));
        r.greedy().ifPresent(g -> body.append(GreedySection.render(g)));
        facts(r, body);
        return Html.page(r.model().fileName() + " against " + r.base().fileName(), body.toString());
    }

    private static void verdict(EvalResult r, StringBuilder out) {
        Headline h = Headline.of(r);
        String tone = h.tone().name().toLowerCase(Locale.ROOT);
        out.append("<header class=\"verdict ").append(tone).append("\">\n<h1>");
        out.append(escape(h.title()))
                .append("</h1>\n<p><code>")
                .append(escape(r.model().fileName()));
        out.append("</code> against <code>").append(escape(r.base().fileName())).append("</code></p>\n");
        h.details().forEach(d -> out.append("<p>").append(escape(d)).append("</p>\n"));
        out.append("</header>\n");
    }

    private static void tables(EvalResult r, StringBuilder out) {
        out.append("<h2>Figures</h2>\n<div class=\"scroll\"><table class=\"nowrap figures\">\n"
                + "<tr><th></th><th>base</th><th>model</th><th>model − base</th></tr>\n");
        row(
                out,
                "file size",
                Format.mib(r.base().sizeBytes()),
                Format.mib(r.model().sizeBytes()),
                Format.signedPercent(100.0
                        * (r.model().sizeBytes() - r.base().sizeBytes())
                        / r.base().sizeBytes()));
        if (r.base().bitsPerWeight().isPresent() && r.model().bitsPerWeight().isPresent()) {
            double base = r.base().bitsPerWeight().getAsDouble();
            double model = r.model().bitsPerWeight().getAsDouble();
            row(out, "bits per weight", Format.bits(base), Format.bits(model), Format.signed(model - base));
        }
        for (Bucket b : r.buckets()) {
            Paired p = b.paired();
            row(
                    out,
                    "PPL, ctx " + b.ctx(),
                    Format.estimate(b.basePpl().value(), b.basePpl().se()),
                    Format.estimate(b.modelPpl().value(), b.modelPpl().se()),
                    Format.change(p) + " (" + p.verdict().words() + ")");
        }
        out.append("</table></div>\n<p class=\"dim\">± is one standard error; a difference counts beyond two of the"
                + " paired error, the larger of the one per token and the one per chunk.</p>\n");
        if (r.buckets().stream().anyMatch(b -> b.kld().isPresent())) {
            kldTable(r, out);
        }
    }

    private static void kldTable(EvalResult r, StringBuilder out) {
        out.append("<div class=\"scroll\"><table class=\"nowrap\">\n<tr><th>KLD from the base, nats</th><th>mean</th>"
                + "<th>median</th><th>90 %</th><th>99 %</th><th>max</th><th>same top 1</th><th>Δp RMS</th></tr>\n");
        for (Bucket b : r.buckets()) {
            if (b.kld().isPresent()) {
                Kld k = b.kld().get();
                row(
                        out,
                        "ctx " + b.ctx(),
                        Format.estimate(k.mean(), k.honestSe()),
                        Format.number(k.median()),
                        Format.number(k.p90()),
                        Format.number(k.p99()),
                        Format.number(k.max()),
                        Format.percent(k.sameTop1()),
                        Format.percent(k.dpRms()));
            }
        }
        out.append("</table></div>\n");
    }

    private static void plots(EvalResult r, StringBuilder out) {
        if (r.buckets().isEmpty() && r.memory().isEmpty() && r.speed().isEmpty()) {
            return;
        }
        out.append("<h2>Plots</h2>\n<div class=\"grid-of-plots\">\n");
        for (Bucket b : r.buckets()) {
            figure(out, "Perplexity per chunk, ctx " + b.ctx(), KEY, PplPlots.perChunk(b));
            figure(
                    out,
                    "Paired difference per chunk, ctx " + b.ctx(),
                    "<span>line: mean; grey: ± 2 standard errors; above zero the model is worse</span>",
                    PplPlots.differences(b));
        }
        for (Bucket b : r.buckets()) {
            b.kld()
                    .ifPresent(k -> figure(
                            out,
                            "Divergence per token, ctx " + b.ctx(),
                            "<span>%s of the tokens are below 1e−8</span>"
                                    .formatted(Format.percent(
                                            (double) k.histogram().below()
                                                    / Math.max(1, k.histogram().total()))),
                            KldPlot.render(k)));
        }
        r.speed()
                .ifPresent(s -> figure(
                        out,
                        "Speed",
                        "<span>median of %s taken in turn, least to greatest; × is model / base</span>"
                                .formatted(Format.count(s.base().size(), "run")),
                        BarPlots.speed(s)));
        r.memory()
                .ifPresent(m -> figure(
                        out,
                        "Memory",
                        "<span>full colour: anonymous; pale: file-backed; tick: peak</span>",
                        BarPlots.memory(m)));
        out.append("</div>\n");
    }

    private static void facts(EvalResult r, StringBuilder out) {
        out.append("<h2>What was measured</h2>\n<dl>\n");
        file(out, "base", r.base());
        file(out, "model", r.model());
        r.text().ifPresent(t -> {
            fact(out, "text", t.path());
            fact(out, "text sha256", t.sha256());
        });
        r.nonFinite().ifPresent(n -> fact(out, "non-finite results replaced", String.valueOf(n)));
        r.run().forEach((name, value) -> fact(out, name, value));
        out.append("</dl>\n");
    }

    private static void file(StringBuilder out, String name, ModelFile f) {
        fact(out, name, f.path());
        fact(out, name + " sha256", f.sha256());
    }

    private static void fact(StringBuilder out, String name, String value) {
        out.append("<dt>")
                .append(escape(name))
                .append("</dt><dd>")
                .append(escape(value))
                .append("</dd>\n");
    }

    /// The caption is text, the note and the picture are HTML.
    static void figure(StringBuilder out, String caption, String noteHtml, String svg) {
        out.append("<figure><figcaption>")
                .append(escape(caption))
                .append(noteHtml)
                .append("</figcaption>\n");
        out.append(svg).append("</figure>\n");
    }

    static void row(StringBuilder out, String... cells) {
        out.append("<tr>");
        for (String cell : cells) {
            out.append("<td>").append(escape(cell)).append("</td>");
        }
        out.append("</tr>\n");
    }
}
