package io.github.seeddelta.eval.result;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A table in plain text: first column to the left, the others to the right, two spaces between.
public final class TextTable {
    private final List<List<String>> rows = new ArrayList<>();

    public TextTable(String... header) {
        rows.add(List.of(header));
    }

    /// Missing cells at the end are empty.
    public TextTable row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    /// Lines end with a line feed and have no trailing blanks.
    public String render() {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] width = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                width[i] = Math.max(width[i], length(row.get(i)));
            }
        }
        StringBuilder out = new StringBuilder();
        for (int r = 0; r < rows.size(); r++) {
            out.append(line(rows.get(r), width)).append('\n');
            if (r == 0) {
                int total = Arrays.stream(width).sum() + 2 * Math.max(0, columns - 1);
                out.append("─".repeat(total)).append('\n');
            }
        }
        return out.toString();
    }

    private static String line(List<String> row, int[] width) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            String cell = row.get(i);
            String pad = " ".repeat(width[i] - length(cell));
            line.append(i == 0 ? cell + pad : pad + cell).append("  ");
        }
        return line.toString().stripTrailing();
    }

    private static int length(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
