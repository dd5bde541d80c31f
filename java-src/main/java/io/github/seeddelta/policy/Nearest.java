package io.github.seeddelta.policy;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/// Finds the known name that a mistyped one most likely meant.
public final class Nearest {
    private Nearest() {}

    /// The known name with the least edit distance, letter case ignored, first in order on a tie; none when even that
    /// one shares almost nothing with `name`.
    static Optional<String> to(String name, Collection<String> known) {
        String best = "";
        int bestDistance = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        boolean close = bestDistance <= Math.max(2, Math.max(name.length(), best.length()) / 2);
        return close && !best.isEmpty() ? Optional.of(best) : Optional.empty();
    }

    /// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`.
    public static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int replace = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replace, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], 1 + d[i - 2][j - 2]);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
