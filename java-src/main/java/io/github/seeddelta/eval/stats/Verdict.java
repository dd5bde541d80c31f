package io.github.seeddelta.eval.stats;

/// What a paired comparison can say: a difference counts when it is larger than two of its standard errors.
public enum Verdict {
    WORSE("worse"),
    BETTER("better"),
    NO_DIFFERENCE("no measurable difference");

    /// How many standard errors a difference must exceed.
    public static final double STANDARD_ERRORS = 2;

    private final String words;

    Verdict(String words) {
        this.words = words;
    }

    public String words() {
        return words;
    }

    /// The verdict on ln(PPL model / PPL base). A model without finite scores is worse.
    public static Verdict of(double lnPplRatio, double se) {
        if (!Double.isFinite(lnPplRatio) || !Double.isFinite(se)) {
            return WORSE;
        }
        if (Math.abs(lnPplRatio) > STANDARD_ERRORS * se) {
            return lnPplRatio > 0 ? WORSE : BETTER;
        }
        return NO_DIFFERENCE;
    }

    /// Errors: IllegalArgumentException when the words are none of ours.
    public static Verdict ofWords(String words) {
        for (Verdict v : values()) {
            if (v.words.equals(words)) {
                return v;
            }
        }
        throw new IllegalArgumentException("no such verdict: " + words);
    }
}
