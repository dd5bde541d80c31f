package io.github.seeddelta.report;

import io.github.seeddelta.gate.Decision;
import io.github.seeddelta.gate.TensorId;
import io.github.seeddelta.policy.TensorKind;
import io.github.seeddelta.report.page.Html;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/// Layer × kind map of margins and decisions as inline SVG, layers down so that it fits a phone.
///
/// Colour is the margin on its own thresholds: blue above, orange below, stronger with distance, full at ±.25; grey =
/// not measured. The mark on the left of a cell is the decision, so nothing hangs on colour alone.
final class HeatMap {
    private static final int LABEL_WIDTH = 34;
    private static final int CELL_WIDTH = 92;
    private static final int CELL_HEIGHT = 22;
    private static final int HEADER = 24;
    private static final double FULL_COLOUR = .25;

    /// Scoped by the class of the picture; colours are those of the shared page.
    private static final String STYLE = """
            <style>
            .heat text { font-size: 11.5px; font-variant-numeric: tabular-nums; }
            .heat .head, .heat .label { fill: var(--dim); } .heat .strong { fill: var(--bg); }
            .heat .good rect { fill: var(--base); } .heat .bad rect { fill: var(--model); }
            .heat .none rect { fill: var(--neutral-bg); }
            .heat .in rect { stroke: var(--text); stroke-width: 1.6; }
            .heat .forced rect { stroke: var(--bad); stroke-width: 2.6; }
            </style>
            """;

    private HeatMap() {}

    static String svg(List<Report.Tensor> tensors) {
        Map<TensorId, Report.Tensor> byId = new HashMap<>();
        TreeSet<Integer> layers = new TreeSet<>();
        for (Report.Tensor tensor : tensors) {
            byId.put(tensor.id(), tensor);
            layers.add(tensor.id().layer());
        }
        int columns = TensorKind.values().length;
        int width = LABEL_WIDTH + columns * CELL_WIDTH;
        int height = HEADER + layers.size() * CELL_HEIGHT + 2;
        StringBuilder out = new StringBuilder();
        out.append("<svg class=\"heat\" viewBox=\"0 0 ")
                .append(width)
                .append(' ')
                .append(height);
        out.append("\" style=\"max-width: ")
                .append(width * 5 / 4)
                .append("px\" role=\"img\" aria-label=\"margins and decisions by layer and kind\">\n")
                .append(STYLE);
        for (TensorKind kind : TensorKind.values()) {
            text(out, "head", x(kind) + CELL_WIDTH / 2, HEADER - 8, "middle", kind.jsonName());
        }
        int y = HEADER;
        for (int layer : layers) {
            text(out, "label", LABEL_WIDTH - 8, y + 15, "end", String.valueOf(layer));
            for (TensorKind kind : TensorKind.values()) {
                Report.Tensor tensor = byId.get(new TensorId(layer, kind));
                if (tensor != null) {
                    cell(out, tensor, x(kind), y);
                }
            }
            y += CELL_HEIGHT;
        }
        return out.append("</svg>\n").toString();
    }

    /// The sign that stands for a decision, here and in the legend.
    static String mark(Decision.Result result) {
        return switch (result) {
            case REPLACED -> "●";
            case REPLACED_DENSE_KEPT -> "◐";
            case FORCED -> "!";
            case GATE_FAILED -> "×";
            case STACK_REFUSED -> "≡";
            case BUDGET_REFUSED -> "$";
            case DISABLED -> "–";
            case ABSENT -> "∅";
            case EXISTING -> "◆";
        };
    }

    private static int x(TensorKind kind) {
        return LABEL_WIDTH + List.of(TensorKind.values()).indexOf(kind) * CELL_WIDTH;
    }

    private static void cell(StringBuilder out, Report.Tensor tensor, int x, int y) {
        Decision.Result result = tensor.decision().result();
        String colour = "none";
        double strength = 0;
        String number = "";
        if (tensor.tried() && tensor.gate().isPresent()) {
            double margin = tensor.gate().get().margin();
            colour = margin >= 0 ? "good" : "bad";
            strength = .12 + .78 * Math.min(1, Math.abs(margin) / FULL_COLOUR);
            number = Double.isFinite(margin) ? String.format(Locale.ROOT, "%+.3f", margin) : "NaN";
        }
        String emitted =
                tensor.decision().forced() ? " forced" : tensor.decision().emitDelta() ? " in" : "";
        out.append("<g class=\"cell ").append(colour).append(emitted).append("\"><title>");
        out.append(Html.escape(tensor.name() + ": " + tensor.decision().reason()))
                .append("</title>");
        out.append(String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill-opacity=\"%.2f\"/>",
                x + 1,
                y + 1,
                CELL_WIDTH - 2,
                CELL_HEIGHT - 2,
                colour.equals("none") ? 1.0 : strength));
        String ink = strength > .68 ? "strong" : "plain";
        text(out, ink, x + 14, y + 15, "middle", mark(result));
        text(out, ink, x + CELL_WIDTH - 10, y + 15, "end", number);
        out.append("</g>\n");
    }

    private static void text(StringBuilder out, String style, int x, int y, String anchor, String text) {
        out.append("<text class=\"")
                .append(style)
                .append("\" x=\"")
                .append(x)
                .append("\" y=\"")
                .append(y);
        out.append("\" text-anchor=\"")
                .append(anchor)
                .append("\">")
                .append(Html.escape(text))
                .append("</text>");
    }
}
