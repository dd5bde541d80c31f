package io.github.seeddelta.eval.greedy;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Word-by-word difference of two answers.
///
/// Range: a table of (words + 1)² cells; beyond MAX_WORDS on either side the middle is shown as one change.
public final class WordDiff {
    /// A stretch of text that both have, only the base has, or only the model has.
    public record Part(Kind kind, String text) {}

    public enum Kind {
        SAME,
        ONLY_BASE,
        ONLY_MODEL
    }

    private static final int MAX_WORDS = 2000;
    private static final Pattern PIECE = Pattern.compile("\\s+|[\\p{L}\\p{M}\\p{N}]+|[^\\s\\p{L}\\p{M}\\p{N}]");

    private WordDiff() {}

    public static List<Part> of(String base, String model) {
        List<String> a = pieces(base);
        List<String> b = pieces(model);
        List<Part> parts = new ArrayList<>();
        if (a.size() > MAX_WORDS || b.size() > MAX_WORDS) {
            append(parts, Kind.ONLY_BASE, base);
            append(parts, Kind.ONLY_MODEL, model);
            return parts;
        }
        int[][] common = commonLengths(a, b);
        int i = 0;
        int j = 0;
        while (i < a.size() || j < b.size()) {
            if (i < a.size() && j < b.size() && a.get(i).equals(b.get(j))) {
                append(parts, Kind.SAME, a.get(i));
                i++;
                j++;
            } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
                append(parts, Kind.ONLY_BASE, a.get(i++));
            } else {
                append(parts, Kind.ONLY_MODEL, b.get(j++));
            }
        }
        return joined(parts);
    }

    /// Changes that only white space separates become one change, so that a rewritten passage reads as such.
    private static List<Part> joined(List<Part> parts) {
        List<Part> out = new ArrayList<>();
        StringBuilder base = new StringBuilder();
        StringBuilder model = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            boolean inside = i > 0 && i + 1 < parts.size() && part.text.isBlank();
            if (part.kind == Kind.SAME && !inside) {
                flush(out, base, model);
                out.add(part);
                continue;
            }
            if (part.kind != Kind.ONLY_MODEL) {
                base.append(part.text);
            }
            if (part.kind != Kind.ONLY_BASE) {
                model.append(part.text);
            }
        }
        flush(out, base, model);
        return out;
    }

    private static void flush(List<Part> out, StringBuilder base, StringBuilder model) {
        append(out, Kind.ONLY_BASE, base.toString());
        append(out, Kind.ONLY_MODEL, model.toString());
        base.setLength(0);
        model.setLength(0);
    }

    /// As text: `[-only base-]` and `{+only model+}`.
    public static String asText(String base, String model) {
        StringBuilder out = new StringBuilder();
        for (Part part : of(base, model)) {
            switch (part.kind) {
                case SAME -> out.append(part.text);
                case ONLY_BASE -> out.append("[-").append(part.text).append("-]");
                case ONLY_MODEL -> out.append("{+").append(part.text).append("+}");
            }
        }
        return out.toString();
    }

    /// common[i][j]: length of the longest common subsequence of a[i…] and b[j…].
    private static int[][] commonLengths(List<String> a, List<String> b) {
        int[][] common = new int[a.size() + 1][b.size() + 1];
        for (int i = a.size() - 1; i >= 0; i--) {
            for (int j = b.size() - 1; j >= 0; j--) {
                common[i][j] = a.get(i).equals(b.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        return common;
    }

    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        Matcher m = PIECE.matcher(text);
        while (m.find()) {
            pieces.add(m.group());
        }
        return pieces;
    }

    private static void append(List<Part> parts, Kind kind, String text) {
        if (text.isEmpty()) {
            return;
        }
        if (!parts.isEmpty() && parts.getLast().kind == kind) {
            Part last = parts.removeLast();
            parts.add(new Part(kind, last.text + text));
        } else {
            parts.add(new Part(kind, text));
        }
    }
}
