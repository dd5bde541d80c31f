package io.github.seeddelta.eval.stats;

/// Divergence of a model from its base over scored tokens.
///
/// Units:  KLD in nats; `sameTop1` and `dpRms` as fractions (upstream prints percent); p the probability of the true
///         next token, Δp = p(model) − p(base).
/// Source: `kl_divergence()` in llama.cpp, tools/perplexity, for mean, se, quantiles, same top and Δp RMS.
///
/// @param se        error of the mean with tokens as independent, as upstream prints it
/// @param seChunk   error of the mean with only chunks as independent
public record Kld(
        long tokens,
        double mean,
        double se,
        double seChunk,
        double median,
        double p90,
        double p99,
        double max,
        double sameTop1,
        double sameTop1Se,
        double dpRms,
        double dpRmsSe,
        LogHistogram histogram) {
    /// The error to judge by: the larger of the two.
    public double honestSe() {
        return Math.max(se, seChunk);
    }
}
