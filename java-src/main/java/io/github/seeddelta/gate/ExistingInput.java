package io.github.seeddelta.gate;

/// What to do with an input that already carries payloads (SPEC §10).
public enum ExistingInput {
    /// It carries none.
    FRESH,
    /// Keep its payloads as they are.
    SKIP,
    /// Build them again.
    OVERWRITE;

    /// @throws IllegalArgumentException naming both flags when a choice is needed and neither or both were given
    public static ExistingInput choose(boolean hasPayloads, boolean skipExisting, boolean overwrite) {
        if (skipExisting && overwrite) {
            throw new IllegalArgumentException("--skip-existing and --overwrite exclude each other; give one");
        }
        if (!hasPayloads) {
            return FRESH;
        }
        if (!skipExisting && !overwrite) {
            throw new IllegalArgumentException("the input is a SeedΔ file already;"
                    + " give --skip-existing to keep its payloads or --overwrite to build them again");
        }
        return skipExisting ? SKIP : OVERWRITE;
    }
}
