package io.github.seeddelta.tune;

import io.github.seeddelta.gate.TensorId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/// Chooses one option per tensor so that all together fit a number of bytes at little error: `--target-mib`,
/// `--max-bpw` (SPEC §9). Greedy by error per byte; deterministic and independent of the order of the table.
///
/// Every tensor starts at its least error, which is the dense weight where that is among its options. While the sum is
/// too large, the step that adds the least error per byte saved is taken, over all tensors and all smaller options.
/// Then what is left of the budget buys back the largest error reductions that still fit.
public final class Budget {
    private Budget() {}

    /// One row of the table.
    ///
    /// @param bytes size in the file, indices included
    /// @param error what choosing it costs, in any unit that adds up over tensors; 0 for the dense weight
    public record Option(TensorId tensor, String name, long bytes, double error) {
        public Option {
            if (bytes < 0 || !(error >= 0)) {
                throw new IllegalArgumentException(tensor + " " + name + ": bytes and error must be 0 or more");
            }
        }
    }

    /// @param fits  false when even the smallest options together are too large; then those are chosen
    /// @param bytes sum over the chosen options
    public record Choice(SortedMap<TensorId, Option> chosen, long bytes, double error, boolean fits) {}

    private static final Comparator<Option> LEAST_ERROR = Comparator.comparingDouble(Option::error)
            .thenComparingLong(Option::bytes)
            .thenComparing(Option::name);

    private static final Comparator<Option> SMALLEST = Comparator.comparingLong(Option::bytes)
            .thenComparingDouble(Option::error)
            .thenComparing(Option::name);

    /// Bytes that `weights` weights may take at `bitsPerWeight`.
    public static long bytesAt(double bitsPerWeight, long weights) {
        return (long) Math.floor(bitsPerWeight * weights / 8);
    }

    /// @param table       at least one option per tensor
    /// @param budgetBytes for the tensors of the table together; what else is in the file is not in it
    public static Choice choose(List<Option> table, long budgetBytes) {
        SortedMap<TensorId, List<Option>> options = group(table);
        SortedMap<TensorId, Option> chosen = new TreeMap<>();
        options.forEach(
                (id, list) -> chosen.put(id, list.stream().min(LEAST_ERROR).orElseThrow()));
        boolean fits = shrink(options, chosen, budgetBytes);
        if (fits) {
            buyBack(options, chosen, budgetBytes);
        }
        return choice(chosen, fits);
    }

    private static SortedMap<TensorId, List<Option>> group(List<Option> table) {
        SortedMap<TensorId, List<Option>> options = new TreeMap<>();
        for (Option option : table) {
            options.computeIfAbsent(option.tensor(), id -> new ArrayList<>()).add(option);
        }
        options.values().forEach(list -> list.sort(SMALLEST));
        return options;
    }

    private static boolean shrink(
            SortedMap<TensorId, List<Option>> options, SortedMap<TensorId, Option> chosen, long budgetBytes) {
        while (bytes(chosen) > budgetBytes) {
            Option best = null;
            double bestRate = 0;
            for (List<Option> list : options.values()) {
                Option from = Objects.requireNonNull(chosen.get(list.getFirst().tensor()));
                for (Option to : list) {
                    double rate = (to.error() - from.error()) / (from.bytes() - to.bytes());
                    if (to.bytes() < from.bytes() && (best == null || rate < bestRate)) {
                        best = to;
                        bestRate = rate;
                    }
                }
            }
            if (best == null) {
                return false;
            }
            chosen.put(best.tensor(), best);
        }
        return true;
    }

    private static void buyBack(
            SortedMap<TensorId, List<Option>> options, SortedMap<TensorId, Option> chosen, long budgetBytes) {
        while (true) {
            long left = budgetBytes - bytes(chosen);
            Option best = null;
            double bestGain = 0;
            for (List<Option> list : options.values()) {
                Option from = Objects.requireNonNull(chosen.get(list.getFirst().tensor()));
                for (Option to : list) {
                    double gain = from.error() - to.error();
                    if (to.bytes() - from.bytes() <= left && gain > bestGain) {
                        best = to;
                        bestGain = gain;
                    }
                }
            }
            if (best == null) {
                return;
            }
            chosen.put(best.tensor(), best);
        }
    }

    private static long bytes(SortedMap<TensorId, Option> chosen) {
        return chosen.values().stream().mapToLong(Option::bytes).sum();
    }

    private static Choice choice(SortedMap<TensorId, Option> chosen, boolean fits) {
        double error = chosen.values().stream().mapToDouble(Option::error).sum();
        return new Choice(Collections.unmodifiableSortedMap(chosen), bytes(chosen), error, fits);
    }
}
