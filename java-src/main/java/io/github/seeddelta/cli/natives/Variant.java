package io.github.seeddelta.cli.natives;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/// Which llama.cpp is built: the patched one that users run, or the untouched one that tests measure against.
public enum Variant {
    FORK,
    REFERENCE;

    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
