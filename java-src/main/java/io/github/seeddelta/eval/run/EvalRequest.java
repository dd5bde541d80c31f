package io.github.seeddelta.eval.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What to evaluate.
///
/// @param ctxs      context lengths, the first is the headline
/// @param maxChunks most chunks per context length
/// @param out       folder for the journal and the results
/// @param reference folder with upstream's own tools, to compare printed digits with
public record EvalRequest(
        Path base, Path model, Path text, List<Integer> ctxs, int maxChunks, int threads, Path out, Optional<Path> reference) {
    public EvalRequest {
        ctxs = List.copyOf(ctxs);
    }
}
