package io.github.seeddelta.nat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/// One line between [Isolated] and [IsolatedWorker]: a JSON object with the kind as its only key. Lines that are no
/// message come from native code that prints.
sealed interface IsolatedMessage {
    /// The worker has started Java code.
    record Ready() implements IsolatedMessage {}

    record Event(JsonNode value) implements IsolatedMessage {}

    record Answer(JsonNode value) implements IsolatedMessage {}

    record Failure(NativeStatus status, String message, String stackTrace) implements IsolatedMessage {}

    ObjectMapper MAPPER = new ObjectMapper();

    /// Starts on a line of its own, whatever native code has printed before.
    default String line() {
        ObjectNode object = MAPPER.createObjectNode();
        switch (this) {
            case Ready ignored -> object.putObject("sd-ready");
            case Event event -> object.set("sd-event", event.value);
            case Answer answer -> object.set("sd-answer", answer.value);
            case Failure failure ->
                object.putObject("sd-failure")
                        .put("status", failure.status.name())
                        .put("message", failure.message)
                        .put("stackTrace", failure.stackTrace);
        }
        return "\n" + write(object) + "\n";
    }

    static Optional<IsolatedMessage> parse(String line) {
        if (!line.startsWith("{\"sd-")) {
            return Optional.empty();
        }
        try {
            JsonNode object = MAPPER.readTree(line);
            if (object.has("sd-ready")) {
                return Optional.of(new Ready());
            }
            if (object.has("sd-event")) {
                return Optional.of(new Event(object.get("sd-event")));
            }
            if (object.has("sd-answer")) {
                return Optional.of(new Answer(object.get("sd-answer")));
            }
            JsonNode failure = object.path("sd-failure");
            return Optional.of(new Failure(
                    NativeStatus.valueOf(failure.path("status").asText()),
                    failure.path("message").asText(),
                    failure.path("stackTrace").asText()));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    static String write(JsonNode node) {
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
