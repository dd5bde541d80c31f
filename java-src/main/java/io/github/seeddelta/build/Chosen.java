package io.github.seeddelta.build;

import io.github.seeddelta.tune.Autotune;
import java.util.Comparator;
import java.util.List;

/// The attempt that stands for a tensor: the first that passes, else the one that came nearest, the earlier one on a
// tie.
final class Chosen {
    private Chosen() {}

    static Autotune.Attempt attempt(List<Autotune.Attempt> attempts) {
        return attempts.stream().filter(a -> a.outcome().pass()).findFirst().orElseGet(() -> attempts.stream()
                .max(Comparator.comparingDouble(
                                (Autotune.Attempt a) -> a.outcome().margin())
                        .thenComparing(a -> -attempts.indexOf(a)))
                .orElseThrow());
    }

    /// The measurements of that attempt.
    static Measured measured(Autotune.Attempt attempt, List<Measured> all) {
        return all.stream()
                .filter(m -> m.variant().equals(attempt.variant()))
                .findFirst()
                .orElseThrow();
    }
}
