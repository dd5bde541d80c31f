package io.github.seeddelta.eval.greedy;

/// One check on one answer: whether it holds, and the finding in a few words.
public record Outcome(boolean pass, String finding) {
    static Outcome pass(String finding) {
        return new Outcome(true, finding);
    }

    static Outcome fail(String finding) {
        return new Outcome(false, finding);
    }

    static Outcome of(boolean pass, String finding) {
        return new Outcome(pass, finding);
    }
}
