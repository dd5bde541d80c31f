package io.github.seeddelta.eval.page;

import io.github.seeddelta.eval.result.Format;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.Paired;
import io.github.seeddelta.eval.stats.Verdict;
import io.github.seeddelta.report.page.Scale;
import io.github.seeddelta.report.page.Svg;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/// Perplexity per chunk of base and model, and their paired difference per chunk.
final class PplPlots {
    private static final int WIDTH = 440;
    private static final int HEIGHT = 250;
    private static final double LEFT = 46;
    private static final double RIGHT = 428;
    private static final double TOP = 26;
    private static final double BOTTOM = 208;

    private PplPlots() {}

    static String perChunk(Bucket b) {
        double[] finite = DoubleStream.concat(
                        b.baseChunkNll().stream().mapToDouble(Double::doubleValue),
                        b.modelChunkNll().stream().mapToDouble(Double::doubleValue))
                .filter(Double::isFinite)
                .map(Math::exp)
                .filter(Double::isFinite)
                .toArray();
        Svg svg = new Svg(WIDTH, HEIGHT, "Perplexity of each chunk, base and model, ctx " + b.ctx());
        if (finite.length == 0) {
            return svg.text(WIDTH / 2.0, HEIGHT / 2.0, Svg.Anchor.MIDDLE, "tick", "no finite score")
                    .render();
        }
        Scale x = chunks(b);
        Scale y = Scale.log(
                DoubleStream.of(finite).min().orElseThrow(),
                DoubleStream.of(finite).max().orElseThrow(),
                BOTTOM,
                TOP);
        svg.yAxis(y, LEFT, RIGHT, 5, "PPL (log)").xAxis(x, BOTTOM, BOTTOM, Math.min(6, b.chunks() + 1), "chunk");
        line(svg, x, y, b.baseChunkNll(), "base");
        line(svg, x, y, b.modelChunkNll(), "model");
        return svg.render();
    }

    static String differences(Bucket b) {
        Paired p = b.paired();
        List<Double> d = new ArrayList<>();
        for (int i = 0; i < b.baseChunkNll().size(); i++) {
            d.add(b.modelChunkNll().get(i) - b.baseChunkNll().get(i));
        }
        double half = Verdict.STANDARD_ERRORS * p.se();
        double[] all = DoubleStream.concat(
                        d.stream().mapToDouble(Double::doubleValue),
                        DoubleStream.of(0, p.lnPplRatio() - half, p.lnPplRatio() + half))
                .filter(Double::isFinite)
                .toArray();
        Svg svg =
                new Svg(WIDTH, HEIGHT, "Difference of log perplexity of each chunk, model minus base, ctx " + b.ctx());
        Scale x = chunks(b);
        Scale y = Scale.linear(
                DoubleStream.of(all).min().orElse(0), DoubleStream.of(all).max().orElse(0), 5, BOTTOM, TOP);
        svg.yAxis(y, LEFT, RIGHT, 5, "ln PPL, model − base")
                .xAxis(x, BOTTOM, BOTTOM, Math.min(6, b.chunks() + 1), "chunk");
        if (Double.isFinite(p.lnPplRatio()) && Double.isFinite(half)) {
            double top = y.at(p.lnPplRatio() + half);
            svg.rect(LEFT, top, RIGHT - LEFT, y.at(p.lnPplRatio() - half) - top, "band", "mean ± 2 standard errors");
        }
        double width = Math.max(1, Math.min(14, 0.7 * (RIGHT - LEFT) / d.size()));
        for (int i = 0; i < d.size(); i++) {
            if (Double.isFinite(d.get(i))) {
                double from = y.at(Math.max(0, d.get(i)));
                double height = y.at(Math.min(0, d.get(i))) - from;
                String style = d.get(i) > 0 ? "soft-model" : "soft-base";
                String tip = "chunk " + (i + 1) + ": " + Format.number(d.get(i));
                svg.rect(x.at(i + 1) - width / 2, from, width, height, style, tip);
            }
        }
        svg.line(LEFT, y.at(0), RIGHT, y.at(0), "axis");
        if (Double.isFinite(p.lnPplRatio())) {
            svg.line(LEFT, y.at(p.lnPplRatio()), RIGHT, y.at(p.lnPplRatio()), "mean");
        }
        return svg.render();
    }

    private static Scale chunks(Bucket b) {
        return new Scale(0.4, b.chunks() + 0.6, LEFT, RIGHT, false);
    }

    private static void line(Svg svg, Scale x, Scale y, List<Double> nll, String side) {
        List<Double> xy = new ArrayList<>();
        for (int i = 0; i < nll.size(); i++) {
            double ppl = Math.exp(nll.get(i));
            if (!Double.isFinite(ppl)) {
                continue;
            }
            xy.add(x.at(i + 1));
            xy.add(y.at(ppl));
            if (nll.size() <= 80) {
                svg.circle(
                        x.at(i + 1),
                        y.at(ppl),
                        2,
                        "fill-" + side,
                        side + ", chunk " + (i + 1) + ": " + Format.number(ppl));
            }
        }
        svg.path(xy, "line-" + side);
    }
}
