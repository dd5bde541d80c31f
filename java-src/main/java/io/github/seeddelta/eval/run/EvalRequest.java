package io.github.seeddelta.eval.run;

import io.github.seeddelta.eval.greedy.GreedyPack;
import io.github.seeddelta.nat.RuntimeOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What to evaluate.
///
/// @param ctxs      context lengths, the first is the headline
/// @param maxChunks most chunks per context length
/// @param runtime   how payloads run, in either model
/// @param out       folder for the journal and the results
/// @param extras    what to measure beside perplexity
public record EvalRequest(
        Path base,
        Path model,
        Path text,
        List<Integer> ctxs,
        int maxChunks,
        int threads,
        RuntimeOptions runtime,
        Path out,
        Extras extras) {
    public EvalRequest {
        ctxs = List.copyOf(ctxs);
    }

    /// @param kld       divergence from the base, token by token
    /// @param logits    folder that keeps the base's logits from one comparison to the next
    /// @param greedy    prompts that base and model answer
    /// @param memory    resident memory, in processes of their own
    /// @param speed     tokens per second
    /// @param reference folder with upstream's own tools, to compare printed digits with
    public record Extras(
            boolean kld,
            Optional<Path> logits,
            Optional<GreedyPack> greedy,
            boolean memory,
            boolean speed,
            Optional<Path> reference) {
        public static Extras none() {
            return new Extras(false, Optional.empty(), Optional.empty(), false, false, Optional.empty());
        }
    }
}
