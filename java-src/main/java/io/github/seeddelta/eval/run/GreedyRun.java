package io.github.seeddelta.eval.run;

import io.github.seeddelta.eval.greedy.GreedyPack;
import io.github.seeddelta.eval.greedy.GreedyPrompt;
import io.github.seeddelta.eval.greedy.GreedyResult;
import io.github.seeddelta.eval.greedy.GreedyWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Puts the prompts of a pack to base and model, each in a process of its own, and writes the answers under
/// [EvalRequest#out()].
final class GreedyRun {
    private static final long SEED = 1;

    private GreedyRun() {}

    static GreedyResult run(GreedyPack pack, EvalRequest request, EvalListener listener) throws IOException {
        listener.phase("greedy pack, base");
        List<String> base = answers(pack, request.base(), request, listener);
        listener.phase("greedy pack, model");
        List<String> model = answers(pack, request.model(), request, listener);
        GreedyResult result = GreedyResult.judge(pack, base, model);
        GreedyWriter.write(request.out(), result);
        return result;
    }

    private static List<String> answers(GreedyPack pack, Path model, EvalRequest request, EvalListener listener) {
        List<String> prompts = pack.prompts().stream().map(GreedyPrompt::text).toList();
        return new Generation(
                        model,
                        pack.maxTokens(),
                        0,
                        SEED,
                        Generation.Chat.TEMPLATE_IF_ANY,
                        request.threads(),
                        request.runtime())
                .answers(prompts, done -> listener.step(done, prompts.size(), "answers"));
    }
}
