package io.github.seeddelta.eval.page;

import io.github.seeddelta.eval.result.Format;
import io.github.seeddelta.eval.result.Memory;
import io.github.seeddelta.eval.result.MemoryRow;
import io.github.seeddelta.eval.result.Side;
import io.github.seeddelta.eval.result.Speed;
import io.github.seeddelta.report.page.Scale;
import io.github.seeddelta.report.page.Svg;
import java.util.Comparator;
import java.util.List;

/// Horizontal bars: memory with its split, speed with its spread.
final class BarPlots {
    private static final int WIDTH = 440;
    private static final double LEFT = 8;
    private static final double RIGHT = 428;
    private static final double MIB = 1024.0 * 1024.0;

    private BarPlots() {}

    static String memory(Memory m) {
        List<MemoryRow> rows = m.rows().stream()
                .sorted(Comparator.comparing((MemoryRow r) -> !r.repack())
                        .thenComparing(MemoryRow::ctx)
                        .thenComparing(MemoryRow::side))
                .toList();
        int rowHeight = 38;
        double top = 6;
        double bottom = top + rows.size() * rowHeight;
        double most = rows.stream()
                .mapToDouble(r -> Math.max(r.sample().rssBytes(), r.sample().peakBytes()) / MIB)
                .max()
                .orElse(1);
        Svg svg = new Svg(WIDTH, (int) bottom + 40, "Resident memory of base and model, anonymous and file-backed");
        Scale x = Scale.linear(0, most, 5, LEFT, RIGHT);
        svg.xAxis(x, bottom, top, 5, "MiB resident");
        for (int i = 0; i < rows.size(); i++) {
            MemoryRow r = rows.get(i);
            double y = top + i * rowHeight;
            String side = r.side().key();
            double anon = r.sample().rssAnonBytes() / MIB;
            double file = r.sample().rssFileBytes() / MIB;
            double peak = x.at(r.sample().peakBytes() / MIB);
            svg.text(
                    LEFT + 3,
                    y + 13,
                    Svg.Anchor.START,
                    "",
                    "%s, ctx %d%s: %s anon + %s file"
                            .formatted(
                                    side,
                                    r.ctx(),
                                    r.repack() ? "" : ", no repack",
                                    Format.mib(r.sample().rssAnonBytes()),
                                    Format.mib(r.sample().rssFileBytes())));
            svg.rect(
                    LEFT,
                    y + 18,
                    x.at(anon) - LEFT,
                    14,
                    "fill-" + side,
                    "anonymous " + Format.format("%.1f MiB", anon));
            svg.rect(
                    x.at(anon),
                    y + 18,
                    x.at(anon + file) - x.at(anon),
                    14,
                    "soft-" + side,
                    "file-backed " + Format.format("%.1f MiB", file));
            svg.line(peak, y + 16, peak, y + 34, "whisker");
        }
        return svg.render();
    }

    static String speed(Speed s) {
        Svg svg = new Svg(WIDTH, 196, "Tokens per second of base and model with their spread");
        group(svg, 0, "prompt", s.prompt(Side.BASE), s.prompt(Side.MODEL), s.promptRatio());
        group(svg, 98, "generation", s.generation(Side.BASE), s.generation(Side.MODEL), s.generationRatio());
        return svg.render();
    }

    private static void group(
            Svg svg, double top, String name, Speed.Spread base, Speed.Spread model, Speed.Spread ratio) {
        Scale x = new Scale(0, 1.02 * Math.max(base.max(), model.max()), LEFT, RIGHT, false);
        svg.text(LEFT, top + 16, Svg.Anchor.START, "strong", name + ": " + Format.ratio(ratio));
        bar(svg, x, top + 24, "base", base);
        bar(svg, x, top + 58, "model", model);
    }

    private static void bar(Svg svg, Scale x, double y, String side, Speed.Spread s) {
        svg.text(LEFT, y + 11, Svg.Anchor.START, "tick", side + " " + Format.speed(s) + " tok/s");
        svg.rect(LEFT, y + 15, x.at(s.median()) - LEFT, 11, "soft-" + side, side + " median");
        svg.line(x.at(s.min()), y + 20.5, x.at(s.max()), y + 20.5, "whisker");
        svg.line(x.at(s.min()), y + 17, x.at(s.min()), y + 24, "whisker");
        svg.line(x.at(s.max()), y + 17, x.at(s.max()), y + 24, "whisker");
    }
}
