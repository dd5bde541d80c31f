package io.github.seeddelta.policy;

import io.github.seeddelta.policy.Json.At;
import java.util.Optional;

/// One thing that is wrong with a policy, and where: `line` and `column` count from 1.
///
/// @param nearest the known name closest to what was written, where a name was not known
public record Problem(Kind kind, int line, int column, String message, Optional<String> nearest) {
    /// Why the policy is refused; says what the JSON Schema can see too.
    public enum Kind {
        /// Not JSON.
        SYNTAX,
        /// Wrong type, range, spelling of a value or missing key: the JSON Schema refuses it too.
        STRUCTURE,
        /// A key nobody knows: an error when strict, a warning when lenient. The JSON Schema refuses it.
        UNKNOWN_KEY,
        /// What a JSON Schema cannot see: duplicate keys, backward ranges, schedules that do not rise, base kinds
        /// and schemes that this library cannot build.
        BEYOND_SCHEMA
    }

    static Problem syntax(At at, String message) {
        return new Problem(Kind.SYNTAX, at.line(), at.column(), message, Optional.empty());
    }

    static Problem structure(At at, String message) {
        return new Problem(Kind.STRUCTURE, at.line(), at.column(), message, Optional.empty());
    }

    static Problem beyondSchema(At at, String message) {
        return new Problem(Kind.BEYOND_SCHEMA, at.line(), at.column(), message, Optional.empty());
    }

    static Problem unknownName(Kind kind, At at, String message, Optional<String> nearest) {
        String hint = nearest.map(name -> "; did you mean \"" + name + "\"?").orElse("");
        return new Problem(kind, at.line(), at.column(), message + hint, nearest);
    }

    /// `policy.json:12:7: unknown key "blok" in defaults; did you mean "block"?`
    public String describe(String source) {
        return source + ":" + line + ":" + column + ": " + message;
    }
}
