package io.github.seeddelta.eval.result;

import io.github.seeddelta.eval.EvalException;
import io.github.seeddelta.eval.greedy.GreedyResult;
import io.github.seeddelta.eval.stats.Bucket;
import io.github.seeddelta.eval.stats.Kld;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Several evaluations side by side, best first.
///
/// Only evaluations of the same base on the same tokens can be ranked: those that differ from the first in base,
/// text, ctx or chunks come last and say why. Among the rest a failed greedy pack ranks behind all that pass; then
/// the mean KLD decides or, when some row has none, the paired PPL change.
public record Comparison(List<Row> rows, boolean byKld) {
    /// An evaluation and the name that it goes by in the table.
    public record Entry(String label, EvalResult result) {}

    /// @param problem       why the row is not ranked; empty for a ranked one
    /// @param frontier      no other ranked row is both smaller and better
    /// @param tiedWithAbove the difference to the row above is inside the noise
    public record Row(
            String label, EvalResult result, Optional<String> problem, boolean frontier, boolean tiedWithAbove) {
        public Optional<Kld> kld() {
            return result.primary().flatMap(Bucket::kld);
        }

        public boolean failsGreedy() {
            return result.greedy().map(g -> !g.pass()).orElse(false);
        }

        public String greedyWord() {
            return result.greedy().map(GreedyResult::word).orElse("–");
        }
    }

    public Comparison {
        rows = List.copyOf(rows);
    }

    /// Errors: EvalException when there is nothing to compare.
    public static Comparison of(List<Entry> entries) {
        if (entries.isEmpty()) {
            throw EvalException.usage("nothing to compare: name one or more eval.json files");
        }
        EvalResult first = entries.getFirst().result();
        List<Row> ranked = new ArrayList<>();
        List<Row> unranked = new ArrayList<>();
        for (Entry e : unique(entries)) {
            Optional<String> problem = problem(first, e.result());
            (problem.isEmpty() ? ranked : unranked).add(new Row(e.label(), e.result(), problem, false, false));
        }
        boolean byKld = ranked.stream().allMatch(r -> r.kld().isPresent());
        ranked.sort(Comparator.comparing(Row::failsGreedy)
                .thenComparingDouble(r -> score(r, byKld))
                .thenComparingLong(r -> r.result().model().sizeBytes())
                .thenComparing(Row::label));
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ranked.size(); i++) {
            Row r = ranked.get(i);
            boolean tied = i > 0 && tied(ranked.get(i - 1), r, byKld);
            rows.add(new Row(r.label(), r.result(), r.problem(), frontier(r, ranked, byKld), tied));
        }
        rows.addAll(unranked);
        return new Comparison(rows, byKld);
    }

    /// The file that all ranked rows were measured against.
    public ModelFile base() {
        return rows.getFirst().result().base();
    }

    public List<Row> ranked() {
        return rows.stream().filter(r -> r.problem().isEmpty()).toList();
    }

    /// What decides: mean KLD, or ln of the PPL ratio; a score that is not finite is the worst.
    static double score(Row r, boolean byKld) {
        double score = byKld
                ? r.kld().map(Kld::mean).orElse(Double.NaN)
                : r.result().primary().map(b -> b.paired().lnPplRatio()).orElse(Double.NaN);
        return Double.isFinite(score) ? score : Double.POSITIVE_INFINITY;
    }

    private static double se(Row r, boolean byKld) {
        return byKld
                ? r.kld().map(Kld::honestSe).orElse(0.0)
                : r.result().primary().map(b -> b.paired().se()).orElse(0.0);
    }

    /// Inside two standard errors of the difference, taken as if the two were independent, or, for KLD, below what
    /// other kernels alone make of the same weights.
    private static boolean tied(Row above, Row r, boolean byKld) {
        if (above.failsGreedy() != r.failsGreedy()) {
            return false;
        }
        double difference = score(r, byKld) - score(above, byKld);
        double noise = 2 * Math.hypot(se(above, byKld), se(r, byKld));
        return difference <= (byKld ? Math.max(noise, Headline.KLD_RESOLUTION) : noise);
    }

    private static boolean frontier(Row r, List<Row> ranked, boolean byKld) {
        if (r.failsGreedy()) {
            return false;
        }
        return ranked.stream().filter(o -> o != r && !o.failsGreedy()).noneMatch(o -> {
            long size = o.result().model().sizeBytes() - r.result().model().sizeBytes();
            double score = score(o, byKld) - score(r, byKld);
            return size <= 0 && score <= 0 && (size < 0 || score < 0);
        });
    }

    private static Optional<String> problem(EvalResult first, EvalResult r) {
        if (r.primary().isEmpty() || first.primary().isEmpty()) {
            return r.primary().isEmpty() ? Optional.of("no perplexity") : Optional.of("the first has no perplexity");
        }
        if (!r.base().sha256().equals(first.base().sha256())) {
            return Optional.of("other base");
        }
        if (!r.text().map(TextFile::sha256).equals(first.text().map(TextFile::sha256))) {
            return Optional.of("other text");
        }
        Bucket a = first.primary().get();
        Bucket b = r.primary().get();
        if (a.ctx() != b.ctx()) {
            return Optional.of("other ctx");
        }
        return a.chunks() == b.chunks() ? Optional.empty() : Optional.of("other chunks");
    }

    /// Two rows of one label get a number, so that a reader can tell them apart.
    private static List<Entry> unique(List<Entry> entries) {
        Set<String> used = new HashSet<>();
        List<Entry> unique = new ArrayList<>();
        for (Entry e : entries) {
            String label = e.label();
            for (int i = 2; !used.add(label); i++) {
                label = e.label() + " (" + i + ")";
            }
            unique.add(new Entry(label, e.result()));
        }
        return unique;
    }
}
