package io.github.seeddelta.report.page;

import java.util.List;
import java.util.Locale;

/// Writes one inline picture. Colours come from style classes, so that a page's light and dark themes reach it.
///
/// Units: user units of the view box; the picture scales with its column. Widths near 440 keep text readable on a
///        phone.
public final class Svg {
    /// Where a text sits relative to its point.
    public enum Anchor {
        START("start"),
        MIDDLE("middle"),
        END("end");

        private final String word;

        Anchor(String word) {
            this.word = word;
        }
    }

    private final StringBuilder out = new StringBuilder();

    /// @param label what the picture shows, for readers who do not see it
    public Svg(int width, int height, String label) {
        out.append("<svg viewBox=\"0 0 ").append(width).append(' ').append(height);
        out.append("\" role=\"img\" aria-label=\"").append(Html.escape(label)).append("\">\n");
    }

    public Svg line(double x1, double y1, double x2, double y2, String style) {
        return tag("line", style, "x1", x1, "y1", y1, "x2", x2, "y2", y2).append("/>\n");
    }

    /// @param tip shown when the pointer rests on it; empty for none
    public Svg rect(double x, double y, double width, double height, String style, String tip) {
        return tag("rect", style, "x", x, "y", y, "width", Math.max(0, width), "height", Math.max(0, height))
                .close("rect", tip);
    }

    public Svg circle(double x, double y, double radius, String style, String tip) {
        return tag("circle", style, "cx", x, "cy", y, "r", radius).close("circle", tip);
    }

    /// A line through points given as x and y in turn.
    public Svg path(List<Double> xy, String style) {
        out.append("<polyline class=\"").append(style).append("\" points=\"");
        for (int i = 0; i + 1 < xy.size(); i += 2) {
            out.append(i == 0 ? "" : " ").append(n(xy.get(i))).append(',').append(n(xy.get(i + 1)));
        }
        return append("\"/>\n");
    }

    public Svg text(double x, double y, Anchor anchor, String style, String text) {
        out.append("<text x=\"").append(n(x)).append("\" y=\"").append(n(y));
        out.append("\" text-anchor=\"").append(anchor.word);
        out.append("\" class=\"").append(style).append("\">").append(Html.escape(text));
        return append("</text>\n");
    }

    /// A horizontal axis below the plot with grid lines up to `top`.
    public Svg xAxis(Scale x, double y, double top, int ticks, String title) {
        for (Scale.Tick t : x.ticks(ticks)) {
            line(x.at(t.value()), y, x.at(t.value()), top, "grid");
            text(x.at(t.value()), y + 15, Anchor.MIDDLE, "tick", t.label());
        }
        line(x.start(), y, x.end(), y, "axis");
        return text((x.start() + x.end()) / 2, y + 32, Anchor.MIDDLE, "axis-title", title);
    }

    /// A vertical axis left of the plot with grid lines up to `right`; the title stands above it.
    public Svg yAxis(Scale y, double x, double right, int ticks, String title) {
        for (Scale.Tick t : y.ticks(ticks)) {
            line(x, y.at(t.value()), right, y.at(t.value()), "grid");
            text(x - 6, y.at(t.value()) + 4, Anchor.END, "tick", t.label());
        }
        line(x, y.start(), x, y.end(), "axis");
        return text(4, Math.min(y.start(), y.end()) - 9, Anchor.START, "axis-title", title);
    }

    /// The finished element.
    public String render() {
        return out + "</svg>\n";
    }

    private Svg tag(String name, String style, Object... namesAndValues) {
        out.append('<').append(name).append(" class=\"").append(style).append('"');
        for (int i = 0; i < namesAndValues.length; i += 2) {
            double value = ((Number) namesAndValues[i + 1]).doubleValue();
            out.append(' ')
                    .append(namesAndValues[i])
                    .append("=\"")
                    .append(n(value))
                    .append('"');
        }
        return this;
    }

    private Svg close(String name, String tip) {
        return tip.isEmpty() ? append("/>\n") : append("><title>" + Html.escape(tip) + "</title></" + name + ">\n");
    }

    private Svg append(String text) {
        out.append(text);
        return this;
    }

    private static String n(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.replaceFirst("\\.?0+$", "");
    }
}
