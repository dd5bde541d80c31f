package io.github.seeddelta.policy;

import java.util.List;

/// A policy that cannot be used. The message is one line: where, what, what to do. All problems are in [#problems].
public final class PolicyException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient List<Problem> problems;

    PolicyException(String source, List<Problem> problems) {
        super(problems.getFirst().describe(source)
                + (problems.size() > 1 ? " (and " + (problems.size() - 1) + " more)" : ""));
        this.problems = List.copyOf(problems);
    }

    /// In the order of the file, never empty.
    public List<Problem> problems() {
        return problems;
    }
}
