package io.github.seeddelta.eval.result;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Memory of base and model at several context lengths.
public record Memory(List<MemoryRow> rows) {
    public Memory {
        rows = List.copyOf(rows);
    }

    /// The row that stands for a side: repacked as llama.cpp does by default, at the longest context.
    public Optional<MemoryRow> headline(Side side) {
        return rows.stream()
                .filter(r -> r.side() == side)
                .max(Comparator.comparing(MemoryRow::repack).thenComparing(MemoryRow::ctx));
    }
}
