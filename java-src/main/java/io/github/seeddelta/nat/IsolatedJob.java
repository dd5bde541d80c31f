package io.github.seeddelta.nat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Consumer;

/// Work for [Isolated]. Implementations have a public constructor without parameters and keep no state of the parent.
public interface IsolatedJob {
    /// @param request what the parent sent
    /// @param events delivers a message to the parent while the job runs
    /// @return the answer
    /// @throws NativeException to be thrown again in the parent; any other exception becomes
    /// [NativeException.Internal] there
    JsonNode run(JsonNode request, Consumer<JsonNode> events);
}
