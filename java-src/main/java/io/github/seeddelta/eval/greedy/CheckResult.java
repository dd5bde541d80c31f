package io.github.seeddelta.eval.greedy;

/// One check on the base's and the model's answer.
public record CheckResult(String check, Status status, Outcome base, Outcome model) {
    /// What the check says about the model.
    public enum Status {
        PASS("pass"),
        FAIL("fail"),
        /// The base itself breaks the rule, so it says nothing about the model.
        BASE_FAILS("n/a (base fails)");

        private final String words;

        Status(String words) {
            this.words = words;
        }

        public String words() {
            return words;
        }

        /// Errors: IllegalArgumentException when the words are none of ours.
        public static Status ofWords(String words) {
            for (Status s : values()) {
                if (s.words.equals(words)) {
                    return s;
                }
            }
            throw new IllegalArgumentException("no such check status: " + words);
        }
    }

    static CheckResult of(Check check, String baseAnswer, String modelAnswer) {
        Outcome base = check.judge(baseAnswer, baseAnswer);
        Outcome model = check.judge(modelAnswer, baseAnswer);
        Status status = !base.pass() ? Status.BASE_FAILS : model.pass() ? Status.PASS : Status.FAIL;
        return new CheckResult(check.name(), status, base, model);
    }
}
