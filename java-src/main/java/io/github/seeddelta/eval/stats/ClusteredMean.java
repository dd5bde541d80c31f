package io.github.seeddelta.eval.stats;

import java.util.ArrayList;
import java.util.List;

/// Mean of per-token values, with one error that takes tokens as independent and one that takes chunks as such.
///
/// Tokens of one chunk share topic, style and context, so their values are correlated and the token error is too
/// small. The chunk error is the cluster-robust one: with chunk sums S_c over n_c tokens, N = Σ n_c and mean m,
/// se² = C/(C−1) · Σ (S_c − n_c·m)² / N². With few chunks that estimate is itself noisy and can fall below the token
/// error by luck; [#se()] therefore takes the larger of the two. What remains unseen: correlation between
/// neighbouring chunks of one article.
///
/// Memory: 16 bytes per chunk, nothing per token.
final class ClusteredMean {
    private record Chunk(double sum, int count) {}

    private final List<Chunk> chunks = new ArrayList<>();
    private long count;
    private double mean;
    private double m2;
    private double sum;

    void add(double[] values) {
        double chunkSum = 0;
        for (double v : values) {
            count++;
            double delta = v - mean;
            mean += delta / count;
            m2 += delta * (v - mean);
            chunkSum += v;
        }
        sum += chunkSum;
        chunks.add(new Chunk(chunkSum, values.length));
    }

    double mean() {
        return count == 0 ? Double.NaN : sum / count;
    }

    double seToken() {
        if (Double.isNaN(m2)) {
            return Double.NaN;
        }
        return count < 2 ? 0 : Math.sqrt(m2 / count / (count - 1));
    }

    double seChunk() {
        int c = chunks.size();
        if (c < 2) {
            return seToken();
        }
        double m = mean();
        double squares = 0;
        for (Chunk chunk : chunks) {
            double e = chunk.sum - chunk.count * m;
            squares += e * e;
        }
        return Math.sqrt(squares * c / (c - 1)) / count;
    }

    double se() {
        return Math.max(seToken(), seChunk());
    }
}
