package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.nat.Isolated;
import io.github.seeddelta.nat.RuntimeOptions;
import java.nio.file.Path;

/// What a model does when it is run for a moment.
///
/// @param nonFinite elements of results of SeedΔ weights that were not finite and were replaced
public record Probe(int tokens, long nonFinite) {
    private static final int TOKENS = 64;

    /// @throws io.github.seeddelta.nat.NativeException when the model cannot be loaded or run
    public static Probe run(Path model, int threads) {
        ObjectNode job = JsonNodeFactory.instance.objectNode();
        job.put("model", model.toString());
        job.put("tokens", TOKENS);
        job.put("threads", threads);
        JobRuntime.put(job, RuntimeOptions.DEFAULT);
        return new Probe(
                TOKENS,
                Isolated.run(ProbeJob.class, job, model.toString(), event -> {}, line -> {})
                        .path("non_finite")
                        .asLong());
    }
}
