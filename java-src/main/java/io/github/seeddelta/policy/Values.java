package io.github.seeddelta.policy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.regex.Pattern;

/// Turns JSON into the value of a key, or says why it is not one.
final class Values {
    private static final BigInteger U64_MAX = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final Json.At NOWHERE = new Json.At(1, 1);
    private static final Pattern NAME = Pattern.compile(Shape.Name.PATTERN);

    private Values() {}

    /// @throws Refusal when `json` is not a value of this shape
    @SuppressWarnings("unchecked") // each case returns the T of its own shape
    static <T> T read(Shape<T> shape, Json json, KnownNames names) throws Refusal {
        Object value =
                switch (shape) {
                    case Shape.Flag ignored -> flag(json);
                    case Shape.Whole(int min, int max) ->
                        (int) whole(json, BigInteger.valueOf(min), BigInteger.valueOf(max))
                                .intValueExact();
                    case Shape.Unsigned64 ignored -> whole(json, BigInteger.ZERO, U64_MAX);
                    case Shape.Real(double min, double max) -> real(json, min, max);
                    case Shape.Name(Shape.Vocabulary vocabulary) -> name(json, vocabulary, names);
                    case Shape.Choice<?> choice -> choice(json, choice.constants());
                    case Shape.Schedule<?> schedule -> schedule(json, schedule.item(), names);
                };
        return (T) value;
    }

    /// The value that `text` writes on the command line.
    ///
    /// @throws IllegalArgumentException naming `flag` and what it takes
    static <T> T parse(Shape<T> shape, String text, String flag, KnownNames names) {
        try {
            return read(shape, json(shape, text), names);
        } catch (Refusal e) {
            throw new IllegalArgumentException(e.of(flag).message(), e);
        }
    }

    private static Json json(Shape<?> shape, String text) {
        return switch (shape) {
            case Shape.Flag ignored
            when text.equals("true") || text.equals("false") -> new Json.Bool(NOWHERE, text.equals("true"));
            case Shape.Whole ignored -> number(text);
            case Shape.Unsigned64 ignored -> number(text);
            case Shape.Real ignored -> number(text);
            case Shape.Schedule<?> schedule -> {
                List<Json> items = new ArrayList<>();
                for (String item : text.split(",", -1)) {
                    items.add(json(schedule.item(), item));
                }
                yield new Json.Arr(NOWHERE, items);
            }
            case Shape.Flag ignored -> new Json.Text(NOWHERE, text);
            case Shape.Name ignored -> new Json.Text(NOWHERE, text);
            case Shape.Choice<?> ignored -> new Json.Text(NOWHERE, text);
        };
    }

    private static Json number(String text) {
        try {
            return new Json.Num(NOWHERE, new BigDecimal(text));
        } catch (NumberFormatException e) {
            return new Json.Text(NOWHERE, text);
        }
    }

    private static boolean flag(Json json) throws Refusal {
        if (json instanceof Json.Bool bool) {
            return bool.value();
        }
        throw Refusal.structure(json, "must be true or false, not " + json.describe());
    }

    private static BigInteger whole(Json json, BigInteger min, BigInteger max) throws Refusal {
        String wanted = "must be an integer from " + min + " to " + max + ", not ";
        if (!(json instanceof Json.Num num) || outside(num.value(), new BigDecimal(min), new BigDecimal(max))) {
            throw Refusal.structure(json, wanted + json.describe());
        }
        if (num.value().signum() != 0 && num.value().stripTrailingZeros().scale() > 0) {
            throw Refusal.structure(json, wanted + json.describe());
        }
        return num.value().toBigIntegerExact();
    }

    private static double real(Json json, double min, double max) throws Refusal {
        if (json instanceof Json.Num num && !outside(num.value(), BigDecimal.valueOf(min), BigDecimal.valueOf(max))) {
            return num.value().doubleValue();
        }
        throw Refusal.structure(json, "must be a number from " + min + " to " + max + ", not " + json.describe());
    }

    private static boolean outside(BigDecimal value, BigDecimal min, BigDecimal max) {
        return value.compareTo(min) < 0 || value.compareTo(max) > 0;
    }

    private static String name(Json json, Shape.Vocabulary vocabulary, KnownNames names) throws Refusal {
        if (!(json instanceof Json.Text text) || !NAME.matcher(text.value()).matches()) {
            throw Refusal.structure(json, "must name a " + vocabulary.noun() + ", not " + json.describe());
        }
        SortedSet<String> known = vocabulary.in(names);
        if (!known.contains(text.value())) {
            throw new Refusal(Problem.unknownName(
                    Problem.Kind.BEYOND_SCHEMA,
                    json.at(),
                    "names the unknown " + vocabulary.noun() + " \"" + text.value() + "\"; this library has "
                            + String.join(", ", known),
                    Nearest.to(text.value(), known)));
        }
        return text.value();
    }

    private static <E extends JsonNamed> E choice(Json json, List<E> constants) throws Refusal {
        List<String> words = constants.stream().map(JsonNamed::jsonName).toList();
        if (json instanceof Json.Text text) {
            for (E constant : constants) {
                if (constant.jsonName().equals(text.value())) {
                    return constant;
                }
            }
        }
        Optional<String> nearest = json instanceof Json.Text text ? Nearest.to(text.value(), words) : Optional.empty();
        throw new Refusal(Problem.unknownName(
                Problem.Kind.STRUCTURE,
                json.at(),
                "must be one of " + String.join(", ", words) + ", not " + json.describe(),
                nearest));
    }

    private static <N extends Number & Comparable<N>> List<N> schedule(Json json, Shape<N> item, KnownNames names)
            throws Refusal {
        if (!(json instanceof Json.Arr arr)
                || arr.items().isEmpty()
                || arr.items().size() > Shape.Schedule.MAX_ITEMS) {
            throw Refusal.structure(
                    json, "must be a list of 1 to " + Shape.Schedule.MAX_ITEMS + " values, not " + json.describe());
        }
        List<N> values = new ArrayList<>();
        for (Json element : arr.items()) {
            values.add(read(item, element, names));
        }
        for (int i = 1; i < values.size(); i++) {
            if (values.get(i - 1).compareTo(values.get(i)) >= 0) {
                throw new Refusal(Problem.beyondSchema(
                        arr.items().get(i).at(),
                        "must rise from value to value, but " + values.get(i) + " follows " + values.get(i - 1)));
            }
        }
        return List.copyOf(values);
    }

    /// Why a value is not accepted; the message lacks the name of the key, which the caller puts in front.
    static final class Refusal extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient Problem problem;

        Refusal(Problem problem) {
            super(problem.message());
            this.problem = problem;
        }

        static Refusal structure(Json json, String message) {
            return new Refusal(Problem.structure(json.at(), message));
        }

        Problem of(String path) {
            return new Problem(
                    problem.kind(),
                    problem.line(),
                    problem.column(),
                    path + " " + problem.message(),
                    problem.nearest());
        }
    }
}
