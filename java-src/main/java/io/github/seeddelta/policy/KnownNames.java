package io.github.seeddelta.policy;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/// The base kinds and residual schemes that the loaded native library can build. The caller reads them from the native
/// registry; policy code never lists them, so a new base kind needs no edit here. A default must be in its set.
///
/// @param defaultBaseKind what `base.kind` is when nobody says
/// @param defaultScheme   what `scheme` is when nobody says
/// @param wholeBases      base kinds that carry the whole weight, so that a residual is an addition
/// @param wholeScheme     what `scheme` is with one of those when nobody says
public record KnownNames(
        SortedSet<String> baseKinds,
        SortedSet<String> schemes,
        String defaultBaseKind,
        String defaultScheme,
        SortedSet<String> wholeBases,
        String wholeScheme) {
    /// Without whole bases.
    public KnownNames(
            SortedSet<String> baseKinds, SortedSet<String> schemes, String defaultBaseKind, String defaultScheme) {
        this(baseKinds, schemes, defaultBaseKind, defaultScheme, new TreeSet<>(), defaultScheme);
    }

    public KnownNames {
        wholeBases = Collections.unmodifiableSortedSet(new TreeSet<>(wholeBases));
        baseKinds = Collections.unmodifiableSortedSet(new TreeSet<>(baseKinds));
        schemes = Collections.unmodifiableSortedSet(new TreeSet<>(schemes));
        if (!baseKinds.contains(defaultBaseKind)) {
            throw new IllegalArgumentException("default base kind \"" + defaultBaseKind + "\" is not in " + baseKinds);
        }
        for (String scheme : new String[] {defaultScheme, wholeScheme}) {
            if (!schemes.contains(scheme)) {
                throw new IllegalArgumentException("default scheme \"" + scheme + "\" is not in " + schemes);
            }
        }
    }

    /// What `scheme` is beside this base kind when nobody says.
    public String schemeFor(String baseKind) {
        return wholeBases.contains(baseKind) ? wholeScheme : defaultScheme;
    }
}
