package io.github.seeddelta.policy;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// JSON values that remember where they stand in the text.
sealed interface Json {
    At at();

    /// Line and column, both from 1; the column counts UTF-16 units.
    record At(int line, int column) {}

    record Member(At keyAt, Json value) {}

    record Obj(At at, Map<String, Member> members) implements Json {}

    record Arr(At at, List<Json> items) implements Json {}

    record Text(At at, String value) implements Json {}

    record Num(At at, BigDecimal value) implements Json {}

    record Bool(At at, boolean value) implements Json {}

    record Null(At at) implements Json {}

    /// What a person calls this value in a message.
    default String describe() {
        return switch (this) {
            case Obj ignored -> "an object";
            case Arr ignored -> "an array";
            case Text text -> "the string \"" + text.value() + "\"";
            case Num num -> "the number " + num.value();
            case Bool bool -> String.valueOf(bool.value());
            case Null ignored -> "null";
        };
    }
}
