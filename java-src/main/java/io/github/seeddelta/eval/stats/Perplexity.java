package io.github.seeddelta.eval.stats;

/// Perplexity of one model over chunks of a text, by the method of `llama-perplexity`.
///
/// Units:  the input is the negative log-likelihood of each scored token in nats; which tokens are scored is the
///         caller's affair (upstream: the second half of each chunk, but for its first token).
/// Range:  sums are double; n·nll² stays far below 2^53 relative precision for any text that can be scored.
/// Source: `perplexity()` in llama.cpp, tools/perplexity: value exp(Σnll/n), error
///         exp(Σnll/n) · sqrt((Σnll²/n − (Σnll/n)²)/(n − 1)).
public final class Perplexity {
    private long count;
    private long chunks;
    private double sumNll;
    private double sumNllSquared;

    /// Adds the tokens of the next chunk.
    public void add(double[] nll) {
        double sum = 0;
        double sumSquared = 0;
        for (double v : nll) {
            sum += v;
            sumSquared += v * v;
        }
        sumNll += sum;
        sumNllSquared += sumSquared;
        count += nll.length;
        chunks++;
    }

    public long count() {
        return count;
    }

    public long chunks() {
        return chunks;
    }

    /// The estimate so far. The error is 0 where upstream has none to print (fewer than two tokens, no variance).
    public Estimate estimate() {
        if (count == 0) {
            return new Estimate(Double.NaN, Double.NaN);
        }
        double mean = sumNll / count;
        double ppl = Math.exp(mean);
        double variance = sumNllSquared / count - mean * mean;
        if (Double.isNaN(variance)) {
            return new Estimate(ppl, Double.NaN);
        }
        double seNll = variance > 0 && count > 1 ? Math.sqrt(variance / (count - 1)) : 0;
        return new Estimate(ppl, ppl * seNll);
    }

    /// The running value after the last chunk, as upstream prints it: `[3]12.3456,`.
    public String runningText() {
        return "[" + chunks + "]" + Printed.fixed(estimate().value(), 4) + ",";
    }

    /// The final line, as upstream prints it.
    public String finalText() {
        Estimate e = estimate();
        return "Final estimate: PPL = " + Printed.fixed(e.value(), 4) + " +/- " + Printed.fixed(e.se(), 5);
    }
}
