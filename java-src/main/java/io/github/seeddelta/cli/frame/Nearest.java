package io.github.seeddelta.cli.frame;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// The known word that a mistyped one most likely meant.
public final class Nearest {
    private Nearest() {}

    /// Empty when nothing is close: more than two edits and a third of the letters, or half of a short word.
    public static Optional<String> to(String typed, Collection<String> known) {
        int limit = Math.min(Math.max(2, typed.length() / 3), (typed.length() - 1) / 2);
        return known.stream()
                .filter(word -> io.github.seeddelta.policy.Nearest.distance(typed, word) <= limit)
                .min(Comparator.<String>comparingInt(word -> io.github.seeddelta.policy.Nearest.distance(typed, word))
                        .thenComparing(Comparator.naturalOrder()));
    }
}
