package io.github.seeddelta.toy.b;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.stats.RankCorrelation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// All stages of toy B, and what follows from them.
public final class StudyResult {
    /// A set is over the cliff when its accuracy lies this far below the baseline's.
    static final double CLIFF = 0.10;
    /// Version of the JSON form.
    private static final int SCHEMA = 1;
    /// Metrics of a weight that a gate or a ranking may look at, in the names of the report.
    private static final List<String> METRICS = List.of(
            "cos_mean_w",
            "cos_mean_x",
            "cos_mean_x_w",
            "cos_mean_act",
            "cos_p05_x_w",
            "cos_p05_act",
            "cos_p05_block",
            "err_h",
            "rel_l2_mean",
            "rel_l2_mean_w",
            "s_mean_ffn",
            "s_mean_block");

    private final List<Row> rows;
    private final double seconds;

    record Row(Stage stage, Outcome outcome) {}

    /// Rank correlation of a metric with what replacing one weight cost.
    ///
    /// @param loss with the accuracy lost, @param kld with the divergence
    record Correlation(String metric, double loss, double kld, int weights) {}

    StudyResult(List<Row> rows, double seconds) {
        this.rows = List.copyOf(rows);
        this.seconds = seconds;
    }

    List<Row> rows() {
        return rows;
    }

    List<Row> series(String name) {
        return rows.stream().filter(row -> row.stage().series().equals(name)).toList();
    }

    Outcome baseline(boolean choice) {
        return series("B1").stream()
                .filter(row -> row.stage().choice() == choice)
                .findFirst()
                .orElseThrow()
                .outcome();
    }

    /// Accuracy that a stage lost against the baseline on the same items.
    double loss(Row row) {
        return baseline(row.stage().choice()).accuracy() - row.outcome().accuracy();
    }

    /// The first interleaved set over the cliff.
    Optional<Row> cliff() {
        return series("B4").stream().filter(row -> loss(row) > CLIFF).findFirst();
    }

    Row gated() {
        return series("B5").getFirst();
    }

    /// The set of [#gated()] with everything replaced by force.
    Row forced() {
        return series("B4").getLast();
    }

    /// The gate did its work: what it leaves is on this side of the cliff, what force leaves is beyond it.
    public boolean gatePreventsCollapse() {
        return loss(gated()) <= CLIFF && loss(forced()) > CLIFF;
    }

    /// Whole layers of B2, the most fragile first: by accuracy lost, then by divergence.
    List<Row> fragile() {
        return series("B2").stream()
                .filter(row -> !row.stage().isOneWeight())
                .sorted(Comparator.comparingDouble(this::loss)
                        .thenComparingDouble(row -> row.outcome().kld())
                        .reversed())
                .toList();
    }

    /// The stage that replaced this one weight.
    Optional<Row> weight(int layer, String kind) {
        return series("B2").stream()
                .filter(row -> row.stage().isOneWeight()
                        && row.stage().layers().getFirst() == layer
                        && row.stage().kinds().getFirst().jsonName().equals(kind))
                .findFirst();
    }

    /// The strongest first; metrics that nothing measured are left out.
    List<Correlation> correlations() {
        List<Row> single =
                series("B2").stream().filter(row -> row.stage().isOneWeight()).toList();
        List<Correlation> found = new ArrayList<>();
        for (String metric : METRICS) {
            List<Row> known = single.stream()
                    .filter(row -> Double.isFinite(row.outcome().metrics().getOrDefault(metric, Double.NaN)))
                    .toList();
            double[] values = known.stream()
                    .mapToDouble(row -> row.outcome().metrics().getOrDefault(metric, Double.NaN))
                    .toArray();
            if (!known.isEmpty()) {
                found.add(new Correlation(
                        metric,
                        RankCorrelation.of(
                                        values,
                                        known.stream().mapToDouble(this::loss).toArray())
                                .rho(),
                        RankCorrelation.of(
                                        values,
                                        known.stream()
                                                .mapToDouble(
                                                        row -> row.outcome().kld())
                                                .toArray())
                                .rho(),
                        known.size()));
            }
        }
        found.sort(Comparator.comparingDouble((Correlation c) -> -Math.abs(c.loss())));
        return found;
    }

    double seconds() {
        return seconds;
    }

    /// Pretty JSON that ends in a newline.
    public String json() {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("schema", SCHEMA);
        out.put("baseline_accuracy", baseline(false).accuracy());
        ObjectNode cliff = out.putObject("cliff");
        cliff.put("rule", "first interleaved set more than " + Math.round(100 * CLIFF) + " points below the baseline");
        cliff().ifPresent(row -> {
            cliff.put("layers", row.stage().layers().size());
            cliff.put("accuracy", row.outcome().accuracy());
        });
        out.put("gate_prevents_collapse", gatePreventsCollapse());
        ArrayNode fragile = out.putArray("fragile_layers");
        fragile().forEach(row -> fragile.addObject()
                .put("layer", row.stage().layers().getFirst())
                .put("accuracy_lost", loss(row))
                .put("kld", row.outcome().kld()));
        ArrayNode correlations = out.putArray("rank_correlation");
        correlations().forEach(c -> {
            ObjectNode node = correlations.addObject().put("metric", c.metric());
            put(node, "accuracy_lost", c.loss());
            put(node, "kld", c.kld());
            node.put("weights", c.weights());
        });
        out.put("seconds", seconds);
        ArrayNode stages = out.putArray("stages");
        for (Row row : rows) {
            ObjectNode node = stages.addObject();
            row.stage().write(node);
            node.put("accuracy_lost", loss(row));
            node.setAll(row.outcome().json());
        }
        return out.toPrettyString() + "\n";
    }

    private static void put(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        } else {
            node.putNull(key);
        }
    }
}
