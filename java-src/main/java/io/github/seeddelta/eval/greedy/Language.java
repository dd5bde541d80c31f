package io.github.seeddelta.eval.greedy;

import java.util.Locale;

/// Languages with a stop-word profile.
public enum Language {
    ES,
    EN;

    /// `es` or `en`.
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The other one.
    public Language other() {
        return this == ES ? EN : ES;
    }
}
