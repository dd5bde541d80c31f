package io.github.seeddelta.build;

import io.github.seeddelta.tune.Autotune;
import io.github.seeddelta.tune.Variant;
import java.util.List;

/// The attempt that stands for a tensor: the one that passed, else the one that came nearest.
final class Chosen {
    private Chosen() {}

    static Autotune.Attempt attempt(List<Variant> variants, List<Autotune.Attempt> attempts) {
        return switch (new Autotune(variants, attempts).next()) {
            case Autotune.Next.Accepted accepted -> accepted.attempt();
            case Autotune.Next.Exhausted exhausted -> exhausted.best();
            case Autotune.Next.Try ignored -> throw new IllegalStateException("autotune was not run to its end");
        };
    }

    /// The measurements of that attempt.
    static Measured measured(Autotune.Attempt attempt, List<Measured> all) {
        return all.stream()
                .filter(m -> m.variant().equals(attempt.variant()))
                .findFirst()
                .orElseThrow();
    }
}
