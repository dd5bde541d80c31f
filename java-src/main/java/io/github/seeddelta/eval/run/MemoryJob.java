package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.memory.MemorySample;
import io.github.seeddelta.eval.memory.ProcMemory;
import io.github.seeddelta.nat.ContextParams;
import io.github.seeddelta.nat.IsolatedJob;
import io.github.seeddelta.nat.LlamaContext;
import io.github.seeddelta.nat.LlamaModel;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Resident memory that a model and its context take, in a process of its own.
///
/// Request: `model`, `ctx`, `repack`, `threads` and those of [JobRuntime].
/// Answer:  `anon`, `file`, `peak` in bytes after the context was filled once and one token was generated, each less
///          what this process held before it loaded the model; `before`, the bytes of that.
public final class MemoryJob implements IsolatedJob {
    @Override
    public JsonNode run(JsonNode request, Consumer<JsonNode> events) {
        JobRuntime.apply(request);
        long pid = ProcessHandle.current().pid();
        MemorySample before = ProcMemory.read(pid);
        int ctx = request.path("ctx").asInt();
        ContextParams params = ContextParams.single(ctx, request.path("threads").asInt());
        try (LlamaModel model = LlamaModel.load(
                        Path.of(request.path("model").asText()),
                        request.path("repack").asBoolean());
                LlamaContext context = LlamaContext.open(model, params)) {
            Filler filler = new Filler(context);
            filler.prompt(ctx - 1);
            filler.tokens(1);
            return answer(before, ProcMemory.read(pid));
        }
    }

    private static ObjectNode answer(MemorySample before, MemorySample after) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("anon", Math.max(0, after.rssAnonBytes() - before.rssAnonBytes()))
                .put("file", Math.max(0, after.rssFileBytes() - before.rssFileBytes()))
                .put("peak", Math.max(0, after.peakBytes() - before.rssBytes()))
                .put("before", before.rssBytes());
    }
}
