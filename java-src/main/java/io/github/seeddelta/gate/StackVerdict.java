package io.github.seeddelta.gate;

/// What the stack rules say about one tensor. `thresholds` are those that applied at its turn.
public sealed interface StackVerdict {
    Thresholds thresholds();

    /// @param place how many are admitted with this one: 1 for the first
    record Admitted(int place, Thresholds thresholds) implements StackVerdict {}

    /// @param sentence for people, without a final full stop
    record Refused(StackRule rule, Thresholds thresholds, String sentence) implements StackVerdict {}
}
