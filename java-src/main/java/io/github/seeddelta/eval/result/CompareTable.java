package io.github.seeddelta.eval.result;

import io.github.seeddelta.eval.stats.Bucket;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// A comparison as text for a terminal.
public final class CompareTable {
    private CompareTable() {}

    public static String render(Comparison c) {
        List<List<String>> cells = cells(c);
        TextTable t = new TextTable(cells.getFirst().toArray(String[]::new));
        cells.stream().skip(1).forEach(row -> t.row(row.toArray(String[]::new)));
        return t.render() + legend(c);
    }

    /// Header, base, then one row per row of the comparison.
    public static List<List<String>> cells(Comparison c) {
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("", "bytes", "bits/w", "PPL", "ΔPPL paired", "KLD", "same top", "greedy", "speed"));
        cells.add(base(c));
        int rank = 0;
        for (Comparison.Row r : c.rows()) {
            String name = (r.problem().isEmpty() ? ++rank + ". " : "-  ") + r.label() + note(r);
            EvalResult e = r.result();
            cells.add(List.of(
                    name,
                    grouped(e.model().sizeBytes()),
                    bits(e.model()),
                    e.primary().map(CompareTable::ppl).orElse("–"),
                    e.primary().map(b -> Format.change(b.paired())).orElse("–"),
                    r.kld().map(k -> Format.estimate(k.mean(), k.honestSe())).orElse("–"),
                    r.kld().map(k -> Format.percent(k.sameTop1())).orElse("–"),
                    r.greedyWord(),
                    e.speed()
                            .map(s -> Format.format("×%.2f", s.generationRatio().median()))
                            .orElse("–")));
        }
        return cells;
    }

    private static List<String> base(Comparison c) {
        ModelFile base = c.base();
        String ppl = c.ranked().stream()
                .findFirst()
                .flatMap(r -> r.result().primary())
                .map(b -> Format.number(b.basePpl().value()))
                .orElse("–");
        return List.of(
                "base: " + base.fileName(),
                grouped(base.sizeBytes()),
                bits(base),
                ppl,
                "0",
                "0",
                "100 %",
                "–",
                "×1.00");
    }

    /// What the notes mean and what decided the order.
    public static String legend(Comparison c) {
        return "Best first by " + (c.byKld() ? "mean KLD" : "paired PPL change")
                + "; a failed greedy pack ranks last. ± is one standard error.\n"
                + "* best at its size: nothing here is both smaller and better.  ≈ not told apart from the row above.\n";
    }

    private static String note(Comparison.Row r) {
        if (r.problem().isPresent()) {
            return " (not ranked: " + r.problem().get() + ")";
        }
        return (r.frontier() ? " *" : "") + (r.tiedWithAbove() ? " ≈" : "");
    }

    private static String ppl(Bucket b) {
        return Format.number(b.modelPpl().value());
    }

    private static String bits(ModelFile f) {
        OptionalDouble bits = f.bitsPerWeight();
        return bits.isPresent() ? Format.bits(bits.getAsDouble()) : "–";
    }

    private static String grouped(long bytes) {
        return Format.format("%,d", bytes);
    }
}
