package io.github.seeddelta.eval.page;

import io.github.seeddelta.eval.result.Comparison;
import io.github.seeddelta.eval.result.Format;
import io.github.seeddelta.eval.stats.Kld;
import io.github.seeddelta.report.page.Scale;
import io.github.seeddelta.report.page.Svg;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Quality against size, one numbered point per ranked row; numbers are the ranks of the table.
///
/// Rows without divergence (the base against itself) have no place on a logarithmic axis and are left out.
final class ScatterPlot {
    private static final int WIDTH = 440;
    private static final int HEIGHT = 300;
    private static final double LEFT = 52;
    private static final double RIGHT = 428;
    private static final double TOP = 28;
    private static final double BOTTOM = 256;
    private static final double MIB = 1024.0 * 1024.0;
    private static final double MIN_KLD = 1e-6;
    private static final double RADIUS = 4.5;
    /// Where a number may stand beside its point: right, left, above, below, and the corners.
    private static final double[][] PLACES = {
        {14, 4}, {-14, 4}, {0, -10}, {0, 18}, {12, -8}, {-12, -8}, {12, 15}, {-12, 15}
    };

    private ScatterPlot() {}

    private record Point(int rank, Comparison.Row row, double mib, double score) {}

    private record Spot(double x, double y) {
        boolean near(Spot o) {
            return Math.abs(x - o.x) < 13 && Math.abs(y - o.y) < 12;
        }
    }

    static String render(Comparison c) {
        List<Point> points = points(c);
        Svg svg = new Svg(WIDTH, HEIGHT, c.byKld() ? "Mean KLD against file size" : "PPL change against file size");
        if (points.isEmpty()) {
            return svg.text(WIDTH / 2.0, HEIGHT / 2.0, Svg.Anchor.MIDDLE, "tick", "nothing to plot")
                    .render();
        }
        Scale x = sizes(points);
        double low = points.stream().mapToDouble(Point::score).min().orElseThrow();
        double high = points.stream().mapToDouble(Point::score).max().orElseThrow();
        Scale y = c.byKld()
                ? Scale.log(low, high, BOTTOM, TOP)
                : Scale.linear(Math.min(0, low), Math.max(0, high), 5, BOTTOM, TOP);
        svg.yAxis(y, LEFT, RIGHT, 6, c.byKld() ? "mean KLD, nats (log)" : "PPL change, %");
        svg.xAxis(x, BOTTOM, TOP, 6, "file size, MiB");
        base(svg, c, x);
        frontier(svg, points, x, y);
        points.forEach(p -> point(svg, p, x, y));
        numbers(svg, points, x, y);
        return svg.render();
    }

    private static List<Point> points(Comparison c) {
        List<Point> points = new ArrayList<>();
        int rank = 0;
        for (Comparison.Row r : c.ranked()) {
            rank++;
            double score = c.byKld()
                    ? r.kld().map(Kld::mean).orElse(Double.NaN)
                    : r.result()
                            .primary()
                            .map(b -> b.paired().pplChangePercent())
                            .orElse(Double.NaN);
            if (Double.isFinite(score) && (!c.byKld() || score >= MIN_KLD)) {
                points.add(new Point(rank, r, r.result().model().sizeBytes() / MIB, score));
            }
        }
        return points;
    }

    private static Scale sizes(List<Point> points) {
        double low = points.stream().mapToDouble(Point::mib).min().orElseThrow();
        double high = points.stream().mapToDouble(Point::mib).max().orElseThrow();
        double pad = Math.max(0.06 * (high - low), 0.01 * high);
        return new Scale(low - pad, high + pad, LEFT, RIGHT, false);
    }

    private static void base(Svg svg, Comparison c, Scale x) {
        double mib = c.base().sizeBytes() / MIB;
        if (mib >= x.from() && mib <= x.to()) {
            svg.line(x.at(mib), BOTTOM, x.at(mib), TOP, "mark");
            svg.text(x.at(mib) - 5, TOP + 10, Svg.Anchor.END, "tick", "base size");
        } else {
            svg.text(
                    RIGHT,
                    TOP - 9,
                    Svg.Anchor.END,
                    "tick",
                    "base: " + Format.mib(c.base().sizeBytes()));
        }
    }

    private static void frontier(Svg svg, List<Point> points, Scale x, Scale y) {
        List<Double> xy = new ArrayList<>();
        points.stream()
                .filter(p -> p.row.frontier())
                .sorted(Comparator.comparingDouble(Point::mib))
                .forEach(p -> {
                    xy.add(x.at(p.mib));
                    xy.add(y.at(p.score));
                });
        if (xy.size() > 2) {
            svg.path(xy, "frontier");
        }
    }

    private static void point(Svg svg, Point p, Scale x, Scale y) {
        String style = p.row.failsGreedy() ? "point-fail" : p.row.frontier() ? "point-best" : "point";
        String tip = p.rank + ". " + p.row.label() + ": "
                + Format.mib(p.row.result().model().sizeBytes()) + ", " + Format.number(p.score);
        svg.circle(x.at(p.mib), y.at(p.score), RADIUS, style, tip);
    }

    /// Each number goes to the first place beside its point that no point and no earlier number takes.
    private static void numbers(Svg svg, List<Point> points, Scale x, Scale y) {
        List<Spot> taken = new ArrayList<>();
        points.forEach(p -> taken.add(new Spot(x.at(p.mib), y.at(p.score))));
        for (Point p : points) {
            Spot spot = null;
            for (double[] place : PLACES) {
                Spot candidate = new Spot(x.at(p.mib) + place[0], y.at(p.score) + place[1] - 4);
                boolean inside = candidate.x > LEFT + 6 && candidate.x < RIGHT && candidate.y < BOTTOM - 4;
                if (inside && taken.stream().noneMatch(candidate::near)) {
                    spot = candidate;
                    break;
                }
            }
            if (spot == null) {
                spot = new Spot(x.at(p.mib) + PLACES[0][0], y.at(p.score) + PLACES[0][1] - 4);
            }
            taken.add(spot);
            svg.text(spot.x, spot.y + 4, Svg.Anchor.MIDDLE, "strong", Integer.toString(p.rank));
        }
    }
}
