package io.github.seeddelta.policy;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/// The base kinds and residual schemes that the loaded native library can build. The caller reads them from the native
/// registry; policy code never lists them, so a new base kind needs no edit here. A default must be in its set.
///
/// @param defaultBaseKind what `base.kind` is when nobody says
/// @param defaultScheme   what `scheme` is when nobody says
public record KnownNames(
        SortedSet<String> baseKinds, SortedSet<String> schemes, String defaultBaseKind, String defaultScheme) {
    public KnownNames {
        baseKinds = Collections.unmodifiableSortedSet(new TreeSet<>(baseKinds));
        schemes = Collections.unmodifiableSortedSet(new TreeSet<>(schemes));
        if (!baseKinds.contains(defaultBaseKind)) {
            throw new IllegalArgumentException("default base kind \"" + defaultBaseKind + "\" is not in " + baseKinds);
        }
        if (!schemes.contains(defaultScheme)) {
            throw new IllegalArgumentException("default scheme \"" + defaultScheme + "\" is not in " + schemes);
        }
    }
}
