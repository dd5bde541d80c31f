package io.github.seeddelta.eval.stats;

import java.util.Arrays;

/// Collects per-token divergences and summarises them.
///
/// Memory: 8 bytes per token held, at most 12 while the array grows by half, and one sorted copy (8 bytes per token)
///         during [#summary()]: under 24 bytes per token, 24 MiB for a million tokens. Quantiles are exact.
/// Errors: IllegalStateException beyond 2^28 tokens.
public final class KldAccumulator {
    private static final int MAX_TOKENS = 1 << 28;
    /// Below this many tokens upstream prints no error of a mean.
    private static final int MIN_TOKENS_FOR_SE = 11;

    private final ClusteredMean mean = new ClusteredMean();
    private double[] values = new double[1024];
    private int count;
    private double sum;
    private double sumSquared;
    private double sumDp2;
    private double sumDp4;
    private long same;

    public void add(KldTokens chunk) {
        reserve(chunk.count());
        for (int i = 0; i < chunk.count(); i++) {
            double kld = chunk.kld()[i];
            values[count++] = kld;
            sum += kld;
            sumSquared += kld * kld;
            double dp = chunk.pModel()[i] - chunk.pBase()[i];
            double dp2 = dp * dp;
            sumDp2 += dp2;
            sumDp4 += dp2 * dp2;
            if (chunk.sameTop1()[i]) {
                same++;
            }
        }
        mean.add(chunk.kld());
    }

    public long count() {
        return count;
    }

    /// Errors: IllegalStateException when nothing was added.
    public Kld summary() {
        if (count == 0) {
            throw new IllegalStateException("no token was compared");
        }
        double[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        double dpRms = Math.sqrt(sumDp2 / count);
        double dpMseSe = standardError(sumDp2, sumDp4);
        double sameTop1 = (double) same / count;
        return new Kld(
                count,
                sum / count,
                standardError(sum, sumSquared),
                mean.seChunk(),
                quantile(sorted, 0.5),
                quantile(sorted, 0.9),
                quantile(sorted, 0.99),
                sorted[count - 1],
                sameTop1,
                count > 1 ? Math.sqrt(sameTop1 * (1 - sameTop1) / (count - 1)) : 0,
                dpRms,
                dpRms > 0 ? 0.5 / dpRms * dpMseSe : 0,
                LogHistogram.of(values, count));
    }

    /// The value at `fraction` of sorted values, linear between neighbours.
    static double quantile(double[] sorted, double fraction) {
        double at = fraction * (sorted.length - 1);
        int i = (int) at;
        double rest = at - i;
        return rest == 0 ? sorted[i] : (1 - rest) * sorted[i] + rest * sorted[i + 1];
    }

    private double standardError(double sum, double sumSquared) {
        double m = sum / count;
        double variance = sumSquared / count - m * m;
        if (Double.isNaN(variance)) {
            return Double.NaN;
        }
        return variance > 0 && count >= MIN_TOKENS_FOR_SE ? Math.sqrt(variance / (count - 1)) : 0;
    }

    private void reserve(int more) {
        if (count > MAX_TOKENS - more) {
            throw new IllegalStateException("more than " + MAX_TOKENS + " tokens: score fewer chunks");
        }
        if (count + more > values.length) {
            values = Arrays.copyOf(values, Math.max(count + more, values.length + values.length / 2));
        }
    }
}
