package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.result.Speed;
import io.github.seeddelta.eval.result.SpeedRun;
import io.github.seeddelta.nat.Isolated;
import java.util.ArrayList;
import java.util.List;

/// Speed of base and model, in turn.
public final class SpeedRuns {
    private static final int ROUNDS = 5;
    private static final int PROMPT_TOKENS = 256;
    private static final int TOKENS = 32;

    private SpeedRuns() {}

    static Speed run(EvalRequest request, EvalListener listener) {
        return run(
                new SpeedRequest(
                        request.base(),
                        request.model(),
                        ROUNDS,
                        PROMPT_TOKENS,
                        TOKENS,
                        request.threads(),
                        request.runtime()),
                listener);
    }

    /// @throws io.github.seeddelta.nat.NativeException as one line for the user
    public static Speed run(SpeedRequest request, EvalListener listener) {
        listener.phase("speed");
        List<SpeedRun> base = new ArrayList<>();
        List<SpeedRun> model = new ArrayList<>();
        ObjectNode job = JsonNodeFactory.instance.objectNode();
        job.put("base", request.base().toString());
        job.put("model", request.model().toString());
        job.put("rounds", request.rounds());
        job.put("prompt", request.promptTokens());
        job.put("tokens", request.tokens());
        job.put("threads", request.threads());
        JobRuntime.put(job, request.runtime());
        Isolated.run(
                SpeedJob.class,
                job,
                request.model().toString(),
                event -> {
                    base.add(run(event.path("base")));
                    model.add(run(event.path("model")));
                    listener.step(base.size(), request.rounds(), "rounds");
                },
                line -> {});
        return new Speed(base, model);
    }

    private static SpeedRun run(JsonNode times) {
        return new SpeedRun(times.path("pp").asDouble(), times.path("tg").asDouble());
    }
}
