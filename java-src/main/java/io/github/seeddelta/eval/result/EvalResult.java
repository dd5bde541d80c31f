package io.github.seeddelta.eval.result;

import io.github.seeddelta.eval.greedy.GreedyResult;
import io.github.seeddelta.eval.stats.Bucket;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// All that one evaluation found. Sections that were not measured are empty.
///
/// @param buckets one per context length, in the order asked for; the first is the headline
/// @param nonFinite elements of results of SeedΔ weights, base and model together, that were not finite while texts
// were
///                scored and were replaced; chunks that an interrupted evaluation had scored before are not in it
/// @param run     facts about the run as name and value: versions, CPU, threads, instruction set, seconds
public record EvalResult(
        ModelFile base,
        ModelFile model,
        Optional<TextFile> text,
        List<Bucket> buckets,
        Optional<Memory> memory,
        Optional<Speed> speed,
        Optional<GreedyResult> greedy,
        Optional<Reference> reference,
        OptionalLong nonFinite,
        Map<String, String> run) {
    public EvalResult {
        buckets = List.copyOf(buckets);
        run = Collections.unmodifiableMap(new TreeMap<>(run));
        if (text.isEmpty() != buckets.isEmpty()) {
            throw new IllegalArgumentException("a text and its scores come together");
        }
    }

    public Optional<Bucket> primary() {
        return buckets.stream().findFirst();
    }

    /// True when a check said no: the greedy pack fails, or upstream printed other digits.
    public boolean isFailed() {
        return greedy.map(g -> !g.pass()).orElse(false)
                || reference.map(r -> !r.equal()).orElse(false);
    }
}
