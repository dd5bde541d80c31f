package io.github.seeddelta.eval.result;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/// The rows of a kernel benchmark as a person reads them, grouped by the number of tokens.
///
/// A ratio is speed over the speed of ggml's dense type in the same rounds; above 1 is faster. A dash stands where the
/// shape does not fit that type.
public final class KernelTable {
    private KernelTable() {}

    public static String render(List<JsonNode> rows) {
        StringBuilder out = new StringBuilder();
        List<Long> tokens =
                rows.stream().map(row -> row.path("tokens").asLong()).distinct().toList();
        for (long n : tokens) {
            List<JsonNode> group = rows.stream()
                    .filter(row -> row.path("tokens").asLong() == n)
                    .toList();
            JsonNode first = group.getFirst();
            out.append(out.isEmpty() ? "" : "\n")
                    .append(Format.format(
                            "%d × %d, %s; this machine reads %.1f GB/s%n%n",
                            first.path("n_out").asLong(),
                            first.path("n_in").asLong(),
                            Format.count(n, "token"),
                            first.path("bandwidth_gb_s").asDouble()))
                    .append(table(group, n));
        }
        return out.toString();
    }

    private static String table(List<JsonNode> group, long tokens) {
        TextTable table = new TextTable(
                "name", "isa", "bits/w", "Gw·tok/s", "spread", "÷ f16", "÷ q8_0", "÷ q4_k", "÷ q2_k", "GB/s", "share");
        for (JsonNode row : group) {
            table.row(
                    row.path("name").asText(),
                    row.path("isa").asText(),
                    number(row, "bits_per_weight", 1, "%.2f"),
                    number(row, "gweights_s", tokens, "%.2f"),
                    number(row, "spread", 100, "%.0f %%"),
                    number(row, "ratio_to_f16", 1, "%.2f"),
                    number(row, "ratio_to_q8_0", 1, "%.2f"),
                    number(row, "ratio_to_q4_k", 1, "%.2f"),
                    number(row, "ratio_to_q2_k", 1, "%.2f"),
                    number(row, "gb_s", 1, "%.1f"),
                    number(row, "bandwidth_share", 100, "%.0f %%"));
        }
        return table.render();
    }

    private static String number(JsonNode row, String key, double factor, String pattern) {
        JsonNode value = row.path(key);
        return value.isNumber() ? Format.format(pattern, value.asDouble() * factor) : "–";
    }
}
