package io.github.seeddelta.policy;

/// Who set a resolved value.
public sealed interface Origin {
    /// Nobody did: the tool's own value.
    record BuiltIn() implements Origin {}

    /// A command line flag, as the user wrote it.
    record Flag(String flag) implements Origin {}

    /// A rule of the policy, such as `ranges[0]` or `layers.8.tensors.ffn_gate`, and where the value stands.
    record PolicyRule(String where, int line, int column) implements Origin {}

    /// As a report describes it.
    record Recorded(String text) implements Origin {}

    /// For people and for the report: `ranges[0] at 12:5`.
    default String describe() {
        return switch (this) {
            case BuiltIn ignored -> "built-in";
            case Flag flag -> flag.flag();
            case PolicyRule rule -> rule.where() + " at " + rule.line() + ":" + rule.column();
            case Recorded recorded -> recorded.text();
        };
    }
}
