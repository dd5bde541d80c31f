package io.github.seeddelta.policy;

import java.math.BigInteger;
import java.util.List;
import java.util.SortedSet;

/// What values a policy key takes. Every shape can also be written as JSON Schema, and is, in
/// `policies/policy.schema.json`; a test holds the two together.
public sealed interface Shape<T> {
    /// `true` or `false`.
    record Flag() implements Shape<Boolean> {}

    /// An integer, both ends included.
    record Whole(int min, int max) implements Shape<Integer> {}

    /// An unsigned 64-bit integer.
    record Unsigned64() implements Shape<BigInteger> {}

    /// A number, both ends included.
    record Real(double min, double max) implements Shape<Double> {}

    /// An open name, looked up in [KnownNames].
    record Name(Vocabulary vocabulary) implements Shape<String> {
        public static final String PATTERN = "^[a-z][a-z0-9_]{0,63}$";
    }

    /// One of a closed list of words.
    record Choice<E extends JsonNamed>(List<E> constants) implements Shape<E> {
        public Choice {
            constants = List.copyOf(constants);
        }
    }

    /// A list of 1 to 64 values that rises strictly.
    record Schedule<N extends Number & Comparable<N>>(Shape<N> item) implements Shape<List<N>> {
        public static final int MAX_ITEMS = 64;
    }

    /// Which open list a [Name] is looked up in.
    enum Vocabulary {
        BASE_KIND("base kind"),
        SCHEME("scheme");

        private final String noun;

        Vocabulary(String noun) {
            this.noun = noun;
        }

        public String noun() {
            return noun;
        }

        public SortedSet<String> in(KnownNames names) {
            return this == BASE_KIND ? names.baseKinds() : names.schemes();
        }
    }
}
