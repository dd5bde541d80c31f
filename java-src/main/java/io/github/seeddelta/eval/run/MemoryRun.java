package io.github.seeddelta.eval.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.eval.memory.MemorySample;
import io.github.seeddelta.eval.result.Memory;
import io.github.seeddelta.eval.result.MemoryRow;
import io.github.seeddelta.eval.result.Side;
import io.github.seeddelta.nat.Isolated;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Memory of base and model at several context lengths, repacked and not, each in a process of its own.
final class MemoryRun {
    private static final List<Integer> CTXS = List.of(64, 128, 512);

    /// Keeps Java's own memory from changing during the measurement: a small heap that is resident from the start, and
    /// no compiler.
    private static final List<String> STEADY_JAVA =
            List.of("-Xint", "-XX:+UseSerialGC", "-Xms16m", "-Xmx16m", "-XX:+AlwaysPreTouch");

    private MemoryRun() {}

    static Memory run(EvalRequest request, EvalListener listener) {
        listener.phase("memory");
        List<MemoryRow> rows = new ArrayList<>();
        int total = CTXS.size() * Side.values().length * 2;
        for (boolean repack : new boolean[] {true, false}) {
            for (int ctx : CTXS) {
                for (Side side : Side.values()) {
                    rows.add(new MemoryRow(side, ctx, repack, sample(request, side, ctx, repack)));
                    listener.step(rows.size(), total, "processes");
                }
            }
        }
        return new Memory(rows);
    }

    private static MemorySample sample(EvalRequest request, Side side, int ctx, boolean repack) {
        Path file = side == Side.BASE ? request.base() : request.model();
        ObjectNode job = JsonNodeFactory.instance.objectNode();
        job.put("model", file.toString());
        job.put("ctx", ctx);
        job.put("repack", repack);
        job.put("threads", request.threads());
        JobRuntime.put(job, request.runtime());
        JsonNode answer = Isolated.run(STEADY_JAVA, MemoryJob.class, job, file.toString(), event -> {}, line -> {});
        return new MemorySample(
                answer.path("anon").asLong(),
                answer.path("file").asLong(),
                answer.path("peak").asLong());
    }
}
