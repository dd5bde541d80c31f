package io.github.seeddelta.eval.page;

import io.github.seeddelta.eval.result.Format;
import io.github.seeddelta.eval.stats.Kld;
import io.github.seeddelta.eval.stats.LogHistogram;
import io.github.seeddelta.report.page.Scale;
import io.github.seeddelta.report.page.Svg;
import java.util.List;

/// Distribution of the per-token divergence on a logarithmic axis.
final class KldPlot {
    private static final int WIDTH = 440;
    private static final int HEIGHT = 276;
    private static final double LEFT = 46;
    private static final double RIGHT = 428;
    private static final double TOP = 58;
    private static final double BOTTOM = 234;

    private KldPlot() {}

    static String render(Kld k) {
        List<Long> counts = k.histogram().counts();
        int first = LogHistogram.BINS;
        int last = -1;
        for (int i = 0; i < counts.size(); i++) {
            if (counts.get(i) > 0) {
                first = Math.min(first, i);
                last = i;
            }
        }
        Svg svg = new Svg(WIDTH, HEIGHT, "Histogram of the KL divergence per token");
        if (last < 0) {
            return svg.text(WIDTH / 2.0, HEIGHT / 2.0, Svg.Anchor.MIDDLE, "tick", "all divergences are below 1e−8")
                    .render();
        }
        Scale x = new Scale(edge(first), edge(last + 1), LEFT, RIGHT, true);
        double total = k.histogram().total();
        double most = counts.stream().mapToLong(Long::longValue).max().orElse(1);
        Scale y = Scale.linear(0, 100 * most / total, 4, BOTTOM, TOP);
        svg.yAxis(y, LEFT, RIGHT, 4, "% of tokens").xAxis(x, BOTTOM, BOTTOM, 6, "KLD per token, nats (log)");
        for (int i = first; i <= last; i++) {
            double left = x.at(edge(i));
            double top = y.at(100 * counts.get(i) / total);
            String tip = Format.format(
                    "%.2g to %.2g: %d tokens, %.1f %%",
                    edge(i), edge(i + 1), counts.get(i), 100 * counts.get(i) / total);
            svg.rect(left + 0.5, top, x.at(edge(i + 1)) - left - 1, BOTTOM - top, "soft-model", tip);
        }
        mark(svg, x, k.median(), "median", 12);
        mark(svg, x, k.mean(), "mean", 25);
        mark(svg, x, k.p99(), "99 %", 38);
        return svg.render();
    }

    private static void mark(Svg svg, Scale x, double value, String name, double y) {
        if (value < x.from() || value > x.to()) {
            return;
        }
        double at = x.at(value);
        svg.line(at, y + 4, at, BOTTOM, "mark");
        Svg.Anchor anchor = at > RIGHT - 50 ? Svg.Anchor.END : at < LEFT + 60 ? Svg.Anchor.START : Svg.Anchor.MIDDLE;
        svg.text(at, y, anchor, "tick", name + " " + Format.number(value));
    }

    private static double edge(int bin) {
        return Math.pow(10, LogHistogram.lowerExponent(bin));
    }
}
