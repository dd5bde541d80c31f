package io.github.seeddelta.eval.result;

import java.util.Locale;

/// One of the two models of an evaluation.
public enum Side {
    BASE,
    MODEL;

    /// The name in eval.json.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
