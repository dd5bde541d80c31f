package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.RuntimeOptions;
import io.github.seeddelta.nat.SeedDeltaRuntime;

/// The runtime options on their way into a job: `payloads`, `fallback` and `gap` of its request, no `gap` for never.
final class JobRuntime {
    private JobRuntime() {}

    static void put(ObjectNode request, RuntimeOptions options) {
        request.put("payloads", options.payloads());
        request.put("fallback", options.fallback());
        if (Double.isFinite(options.gap())) {
            request.put("gap", options.gap());
        }
    }

    /// In the job, before a model is loaded.
    static void apply(JsonNode request) {
        SeedDeltaRuntime.apply(new RuntimeOptions(
                request.path("payloads").asBoolean(true),
                request.path("fallback").asBoolean(false),
                request.path("gap").asDouble(Double.POSITIVE_INFINITY)));
    }
}
