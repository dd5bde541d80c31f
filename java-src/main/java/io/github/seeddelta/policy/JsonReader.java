package io.github.seeddelta.policy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.github.seeddelta.policy.Json.At;
import io.github.seeddelta.policy.Json.Member;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Reads one JSON document into [Json] with Jackson's streaming parser. A key that occurs twice in one object is
/// reported with both places and read once (SPEC §6).
final class JsonReader {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int MAX_DEPTH = 64;

    private final JsonParser parser;
    private final Consumer<Problem> problems;

    private JsonReader(JsonParser parser, Consumer<Problem> problems) {
        this.parser = parser;
        this.problems = problems;
    }

    /// @param problems receives duplicate keys
    /// @throws SyntaxException when the bytes are not one JSON document in UTF-8
    static Json read(byte[] bytes, Consumer<Problem> problems) throws SyntaxException {
        try (JsonParser parser = FACTORY.createParser(decode(bytes))) {
            JsonReader reader = new JsonReader(parser, problems);
            if (parser.nextToken() == null) {
                throw new SyntaxException(new At(1, 1), "the file is empty; a policy starts with {\"version\": 1");
            }
            Json document = reader.value(0);
            if (parser.nextToken() != null) {
                throw new SyntaxException(reader.here(), "text after the end of the policy; remove it");
            }
            return document;
        } catch (JsonProcessingException e) {
            throw new SyntaxException(at(e.getLocation()), "not JSON: " + firstLine(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String decode(byte[] bytes) throws SyntaxException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new SyntaxException(new At(1, 1), "the file is not UTF-8 text; save it as UTF-8");
        }
    }

    private Json value(int depth) throws IOException, SyntaxException {
        At at = here();
        if (depth > MAX_DEPTH) {
            throw new SyntaxException(at, "nested deeper than " + MAX_DEPTH + " levels");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(at, depth);
            case START_ARRAY -> array(at, depth);
            case VALUE_STRING -> new Json.Text(at, parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Json.Num(at, parser.getDecimalValue());
            case VALUE_TRUE -> new Json.Bool(at, true);
            case VALUE_FALSE -> new Json.Bool(at, false);
            case VALUE_NULL -> new Json.Null(at);
            default -> throw new SyntaxException(at, "not JSON: unexpected " + parser.currentToken());
        };
    }

    private Json object(At at, int depth) throws IOException, SyntaxException {
        Map<String, Member> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            At keyAt = here();
            String key = parser.currentName();
            parser.nextToken();
            Member previous = members.put(key, new Member(keyAt, value(depth + 1)));
            if (previous != null) {
                problems.accept(Problem.beyondSchema(
                        keyAt,
                        "key \"" + key + "\" occurs twice in one object, first at line "
                                + previous.keyAt().line() + "; keep one"));
            }
        }
        return new Json.Obj(at, members);
    }

    private Json array(At at, int depth) throws IOException, SyntaxException {
        List<Json> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(depth + 1));
        }
        return new Json.Arr(at, items);
    }

    private At here() {
        return at(parser.currentTokenLocation());
    }

    private static At at(JsonLocation location) {
        return new At(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
    }

    private static String firstLine(String message) {
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    /// The text is not JSON at all.
    static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient At at;
        private final String sentence;

        SyntaxException(At at, String message) {
            super(message);
            this.at = at;
            this.sentence = message;
        }

        At at() {
            return at;
        }

        String sentence() {
            return sentence;
        }
    }
}
