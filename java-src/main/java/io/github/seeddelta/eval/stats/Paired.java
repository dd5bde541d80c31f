package io.github.seeddelta.eval.stats;

/// The difference of two models on the same tokens.
///
/// Units:  nats per token. `lnPplRatio` is the mean of nll(model) − nll(base) over all tokens, which is
///         ln(PPL model / PPL base); positive means that the model is worse.
///
/// @param se      the error that the verdict uses: the larger of the two below
/// @param seToken as if all tokens were independent
/// @param seChunk as if only chunks were independent; equal to seToken when there is one chunk
public record Paired(double lnPplRatio, double se, double seToken, double seChunk, Verdict verdict) {
    /// True when every token scored exactly the same.
    public boolean isIdentical() {
        return lnPplRatio == 0 && se == 0;
    }

    /// PPL(model) / PPL(base) − 1, in percent.
    public double pplChangePercent() {
        return 100 * Math.expm1(lnPplRatio);
    }

    /// The standard error of [#pplChangePercent()], in percentage points, to first order.
    public double pplChangeSePercent() {
        return 100 * Math.exp(lnPplRatio) * se;
    }
}
