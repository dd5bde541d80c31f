package io.github.seeddelta.eval.greedy;

import java.util.List;
import java.util.Optional;

/// Whether an answer left the language it should be in.
///
/// An answer drifts when clear evidence says so; too few words to tell is no evidence. Seen are: the other of the two
/// languages, in the whole answer or in one half of it; another script; and, where the base wrote prose, words that
/// belong to neither language. Not seen: a language without a profile that looks like Spanish (Portuguese, Italian).
final class Drift {
    private static final double MAX_OTHER_SHARE = 0.35;
    private static final int MIN_OTHER_HITS = 3;
    private static final int MIN_WORDS_FOR_HALVES = 40;
    private static final int MIN_HALF_HITS = 5;
    private static final double MAX_FOREIGN_SHARE = 0.2;
    private static final int MIN_WORDS_FOR_PROSE = 20;
    private static final double MIN_PROSE_SHARE = 0.1;
    private static final double BASE_PROSE_SHARE = 0.25;

    private Drift() {}

    /// Why the answer drifted; empty when it did not.
    static Optional<String> find(String answer, Language expected, LanguageProfile base) {
        LanguageProfile profile = LanguageProfile.of(answer);
        Language other = expected.other();
        int otherHits = profile.hits(other);
        int hits = otherHits + profile.hits(expected);
        if (profile.foreignShare() > MAX_FOREIGN_SHARE && base.foreignShare() <= MAX_FOREIGN_SHARE) {
            return Optional.of("%.0f %% of the letters are of another script".formatted(100 * profile.foreignShare()));
        }
        boolean allOther = profile.language().equals(Optional.of(other));
        if (allOther || (otherHits >= MIN_OTHER_HITS && otherHits > MAX_OTHER_SHARE * hits)) {
            return Optional.of("%d of %d stop words are %s, expected %s"
                    .formatted(otherHits, hits, other.code(), expected.code()));
        }
        if (profile.words() >= MIN_WORDS_FOR_HALVES) {
            List<LanguageProfile> halves = LanguageProfile.halves(answer);
            for (LanguageProfile half : halves) {
                if (half.hits(other) >= MIN_HALF_HITS && half.language().equals(Optional.of(other))) {
                    return Optional.of("one half of the answer is " + other.code());
                }
            }
        }
        if (profile.words() >= MIN_WORDS_FOR_PROSE
                && profile.stopWordShare() < MIN_PROSE_SHARE
                && base.words() >= MIN_WORDS_FOR_PROSE
                && base.stopWordShare() >= BASE_PROSE_SHARE) {
            return Optional.of("words of no known language (%.0f %% stop words, the base has %.0f %%)"
                    .formatted(100 * profile.stopWordShare(), 100 * base.stopWordShare()));
        }
        return Optional.empty();
    }
}
