package io.github.seeddelta.toy.a;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What came out of all cases.
///
/// @param isa kernel set that ran them
public record ToyAResult(String isa, double seconds, List<Row> rows) {
    /// Version of the JSON form.
    private static final int SCHEMA = 1;
    /// Share of cases that must match.
    public static final double REQUIRED = 0.95;

    public ToyAResult {
        rows = List.copyOf(rows);
    }

    /// A measured number beside what was worked out before.
    public record Check(String what, double expected, double tolerance, double measured) {
        public boolean holds() {
            return Math.abs(measured - expected) <= tolerance;
        }
    }

    /// @param problem why there is nothing to compare, or what `verify` said; empty when all is well
    public record Row(
            String id, String family, String about, String weight, String setting, List<Check> checks, String problem) {
        public Row {
            checks = List.copyOf(checks);
        }

        public boolean matches() {
            return problem.isEmpty() && checks.stream().allMatch(Check::holds);
        }
    }

    public long matched() {
        return rows.stream().filter(Row::matches).count();
    }

    public double matchRate() {
        return rows.isEmpty() ? 0 : (double) matched() / rows.size();
    }

    public boolean passes() {
        return matchRate() >= REQUIRED;
    }

    public List<Row> misses() {
        return rows.stream().filter(row -> !row.matches()).toList();
    }

    /// Families in order, each with its rows.
    public Map<String, List<Row>> families() {
        Map<String, List<Row>> families = new TreeMap<>();
        rows.forEach(row -> families.computeIfAbsent(row.family(), f -> new java.util.ArrayList<>())
                .add(row));
        return families;
    }

    /// Pretty JSON that ends in a newline.
    public String json() {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("schema", SCHEMA);
        out.put("cases", rows.size());
        out.put("matched", matched());
        out.put("match_rate", matchRate());
        out.put("required", REQUIRED);
        out.put("isa", isa);
        out.put("seconds", seconds);
        ArrayNode misses = out.putArray("misses");
        misses().forEach(row -> misses.add(row(row)));
        ArrayNode results = out.putArray("results");
        rows.forEach(row -> results.add(row(row)));
        return out.toPrettyString() + "\n";
    }

    private static ObjectNode row(Row row) {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("id", row.id());
        out.put("family", row.family());
        out.put("about", row.about());
        out.put("weight", row.weight());
        out.put("encoding", row.setting());
        out.put("match", row.matches());
        if (!row.problem().isEmpty()) {
            out.put("problem", row.problem());
        }
        for (Check check : row.checks()) {
            out.putObject(check.what())
                    .put("expected", check.expected())
                    .put("tolerance", check.tolerance())
                    .put("measured", check.measured());
        }
        return out;
    }
}
