package io.github.seeddelta.report;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.Stack;
import io.github.seeddelta.gate.StackRule;
import io.github.seeddelta.gate.Thresholds;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.report.page.Html;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;

/// One self-contained page: the outcome in a sentence, heat map, every decision with its reason
/// (`seeddelta report R.json --html`). It loads nothing, follows the reader's light or dark setting and reads on a
/// phone.
public final class ReportHtml {
    private ReportHtml() {}

    public static String page(Report report) {
        StringBuilder out = new StringBuilder();
        head(out, report);
        outcome(out, report);
        out.append("<h2>Margins and decisions</h2>\n").append(map(report.tensors()));
        kinds(out, report);
        stack(out, report.build());
        layers(out, report.layers());
        warnings(out, report.build());
        decisions(out, report.tensors());
        return Html.page("SeedΔ build report", out.toString());
    }

    private static void head(StringBuilder out, Report report) {
        Report.Build build = report.build();
        String policy = build.policy()
                .map(p -> "policy " + p.file() + " (" + p.hash().fnv1a64() + ")")
                .orElse("no policy: as the flags say");
        out.append("<h1>SeedΔ build report</h1>\n<p>")
                .append(Html.escape(build.inputFile()))
                .append("</p>\n");
        out.append("<p class=\"dim\">").append(Html.escape(policy)).append(" · seed ");
        out.append(Long.toUnsignedString(build.seed()))
                .append(" · ")
                .append(build.threads())
                .append(" threads · ");
        out.append(Html.escape(build.cpu())).append(" · builder ").append(Html.escape(build.builderVersion()));
        out.append("</p>\n");
    }

    private static void outcome(StringBuilder out, Report report) {
        List<Report.Tensor> tensors = report.tensors();
        List<Report.Tensor> forced = ReportTable.forced(report);
        long emitted = tensors.stream().filter(t -> t.decision().emitDelta()).count();
        long saved = ReportTable.savedBytes(tensors);
        out.append("<p class=\"verdict")
                .append(forced.isEmpty() ? "" : " bad")
                .append("\"><b>")
                .append(emitted);
        out.append(" of ").append(tensors.size()).append(" tensors replaced, ");
        out.append(ReportTable.bytes(Math.abs(saved)))
                .append(saved < 0 ? " added" : " saved")
                .append(".</b> ");
        out.append(tensors.stream().filter(Report.Tensor::tried).count()).append(" were tried, ");
        out.append(tensors.stream().filter(Report.Tensor::passed).count()).append(" passed the gate alone; ");
        out.append("worst margin of a replaced one ").append(worst(tensors)).append(".");
        if (!forced.isEmpty()) {
            out.append(" <b>")
                    .append(forced.size())
                    .append(" forced</b>: --force-strip-dense replaced what gate or stack ");
            out.append("had refused, and their dense weights are gone from the file.");
        }
        out.append("</p>\n");
    }

    /// Layer × kind map of margins and decisions with its legend, for any page of [Html].
    public static String map(List<Report.Tensor> tensors) {
        StringBuilder out = new StringBuilder("<div class=\"grid-of-plots\">\n<figure>");
        out.append(HeatMap.svg(tensors))
                .append("</figure>\n<div>\n<p>The number is the margin of the tensor on its own: ");
        out.append("the smaller distance of mean and 5th percentile from their thresholds.</p>\n");
        key(out, "base", "reaches its thresholds, the stronger the further");
        key(out, "model", "misses them, the stronger the further");
        key(out, "neutral-bg", "not measured");
        Set<Decision.Result> used = EnumSet.noneOf(Decision.Result.class);
        tensors.forEach(t -> used.add(t.decision().result()));
        for (Decision.Result result : used) {
            out.append("<p>")
                    .append(HeatMap.mark(result))
                    .append(" &nbsp;")
                    .append(meaning(result))
                    .append("</p>\n");
        }
        return out.append("</div>\n</div>\n").toString();
    }

    private static void key(StringBuilder out, String colour, String meaning) {
        out.append("<p><span class=\"key\" style=\"background: var(--")
                .append(colour)
                .append(")\"></span>");
        out.append(meaning).append("</p>\n");
    }

    private static String meaning(Decision.Result result) {
        return switch (result) {
            case REPLACED -> "replaced, dense weight removed (framed)";
            case REPLACED_DENSE_KEPT -> "replaced, dense twin kept in the file (framed)";
            case FORCED -> "forced against gate or stack (framed in red)";
            case GATE_FAILED -> "kept dense by the gate (in blue: denied whatever it reaches)";
            case STACK_REFUSED -> "passed alone, kept dense by a stack rule";
            case BUDGET_REFUSED -> "passed, kept dense by the budget";
            case DISABLED -> "not tried";
            case ABSENT -> "the model has no such tensor";
            case EXISTING -> "payload of the input kept (framed)";
        };
    }

    private static void kinds(StringBuilder out, Report report) {
        out.append(
                "<h2>By kind</h2>\n<div class=\"scroll\"><table class=\"nowrap\">\n<tr><th>kind</th><th>tensors</th>");
        out.append("<th>tried</th><th>passed</th><th>replaced</th><th>saved</th><th>worst margin</th></tr>\n");
        for (TensorKind kind : TensorKind.values()) {
            List<Report.Tensor> some =
                    report.tensors().stream().filter(t -> t.id().kind() == kind).toList();
            out.append("<tr>");
            cell(out, kind.jsonName());
            cell(out, String.valueOf(some.size()));
            cell(out, String.valueOf(some.stream().filter(Report.Tensor::tried).count()));
            cell(out, String.valueOf(some.stream().filter(Report.Tensor::passed).count()));
            cell(
                    out,
                    String.valueOf(
                            some.stream().filter(t -> t.decision().emitDelta()).count()));
            cell(out, ReportTable.bytes(ReportTable.savedBytes(some)));
            cell(out, worst(some));
            out.append("</tr>\n");
        }
        out.append("</table></div>\n");
    }

    private static void cell(StringBuilder out, String text) {
        out.append("<td>").append(Html.escape(text)).append("</td>");
    }

    private static void stack(StringBuilder out, Report.Build build) {
        Stack.Budget budget = build.stackBudget();
        out.append("<h2>Stack</h2>\n<p>").append(budget.candidates()).append(" candidates, ");
        out.append(budget.passedAlone())
                .append(" passed alone, ")
                .append(budget.admitted())
                .append(" admitted");
        for (StackRule rule : StackRule.values()) {
            int count = budget.refused().getOrDefault(rule, 0);
            if (count > 0) {
                out.append("; ").append(count).append(" refused by ").append(rule.jsonName());
            }
        }
        out.append(".</p>\n");
    }

    private static void layers(StringBuilder out, List<Report.Layer> layers) {
        if (layers.isEmpty()) {
            return;
        }
        out.append(
                "<h2>Whole layers on real inputs</h2>\n<p>S is the relative error of the feed-forward part's output ");
        out.append("(FFN) and of the residual stream after it was added (block), all payloads of the layer together.");
        out.append("</p>\n<div class=\"scroll\"><table class=\"nowrap\">\n<tr><th>layer</th>");
        for (String head : List.of("FFN mean", "p95", "cos p05", "log norm p95", "block mean", "p95")) {
            out.append("<th>").append(head).append("</th>");
        }
        out.append("<th class=\"left\">note</th></tr>\n");
        for (Report.Layer layer : layers) {
            out.append("<tr>");
            cell(out, String.valueOf(layer.layer()));
            for (String metric : List.of(
                    "s_mean_ffn",
                    "s_p95_ffn",
                    "cos_p05_ffn",
                    "log_norm_ratio_p95_ffn",
                    "s_mean_block",
                    "s_p95_block")) {
                double value = layer.metric(metric);
                cell(out, Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "–");
            }
            out.append("<td class=\"left\">")
                    .append(Html.escape(layer.note().orElse("")))
                    .append("</td></tr>\n");
        }
        out.append("</table></div>\n");
    }

    private static void warnings(StringBuilder out, Report.Build build) {
        if (!build.warnings().isEmpty()) {
            out.append("<h2>Warnings</h2>\n<ul>\n");
            build.warnings()
                    .forEach(w -> out.append("<li>").append(Html.escape(w)).append("</li>\n"));
            out.append("</ul>\n");
        }
    }

    private static void decisions(StringBuilder out, List<Report.Tensor> tensors) {
        out.append("<h2>Every decision</h2>\n<table>\n<tr><th>tensor</th><th class=\"left\">why</th></tr>\n");
        for (Report.Tensor tensor : tensors) {
            Decision decision = tensor.decision();
            out.append("<tr><td>").append(Html.escape(tensor.id().toString())).append("<br><span class=\"tag\">");
            out.append(HeatMap.mark(decision.result()))
                    .append(' ')
                    .append(decision.result().jsonName());
            out.append("</span></td><td class=\"left\">").append(Html.escape(decision.reason()));
            details(out, tensor);
            out.append("</td></tr>\n");
        }
        out.append("</table>\n");
    }

    private static void details(StringBuilder out, Report.Tensor tensor) {
        if (!tensor.tried()) {
            return;
        }
        String thresholds =
                tensor.decision().thresholdsUsed().map(ReportHtml::show).orElse("-");
        out.append("<details class=\"dim\"><summary>")
                .append(ReportTable.bytes(tensor.denseBytes()))
                .append(" dense, ");
        out.append(ReportTable.bytes(tensor.payloadBytes())).append(" payload, thresholds at its turn ");
        out.append(thresholds).append("</summary>");
        tensor.fallback()
                .ifPresent(f -> out.append("<p>").append(Html.escape(f)).append("</p>"));
        tensor.attempts()
                .forEach(a -> out.append(String.format(
                        Locale.ROOT,
                        "<p>K %d, block %d, bits %s: %s; %s, %.1f s</p>",
                        a.variant().k(),
                        a.variant().block(),
                        a.variant().bits(),
                        Html.escape(a.outcome().sentence()),
                        ReportTable.bytes(a.payloadBytes()),
                        a.seconds())));
        out.append("</details>");
    }

    private static String show(Thresholds thresholds) {
        return String.format(Locale.ROOT, "%.3f / %.3f", thresholds.minMean(), thresholds.minP05());
    }

    private static String worst(List<Report.Tensor> tensors) {
        OptionalDouble worst = ReportTable.worstMargin(tensors);
        return worst.isPresent() ? String.format(Locale.ROOT, "%+.4f", worst.getAsDouble()) : "–";
    }
}
