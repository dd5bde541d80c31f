package io.github.seeddelta.eval.stats;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Counts of values in bins of equal width on a log10 axis.
///
/// @param below    values under the first bin, zero and negative ones included
/// @param counts   one entry per bin of `1 / BINS_PER_DECADE` decades, from 10^`MIN_EXPONENT` up; the last bin also
///                 takes what lies above it
public record LogHistogram(long below, List<Long> counts) {
    public static final int MIN_EXPONENT = -8;
    public static final int MAX_EXPONENT = 2;
    public static final int BINS_PER_DECADE = 4;
    public static final int BINS = (MAX_EXPONENT - MIN_EXPONENT) * BINS_PER_DECADE;

    public LogHistogram {
        counts = List.copyOf(counts);
        if (counts.size() != BINS) {
            throw new IllegalArgumentException("a histogram has " + BINS + " bins, not " + counts.size());
        }
    }

    public static LogHistogram empty() {
        return new LogHistogram(0, Collections.nCopies(BINS, 0L));
    }

    static LogHistogram of(double[] values, int count) {
        long below = 0;
        long[] bins = new long[BINS];
        for (int i = 0; i < count; i++) {
            if (Double.isNaN(values[i])) {
                continue;
            }
            int bin = values[i] > 0 ? (int) Math.floor((Math.log10(values[i]) - MIN_EXPONENT) * BINS_PER_DECADE) : -1;
            if (bin < 0) {
                below++;
            } else {
                bins[Math.min(bin, BINS - 1)]++;
            }
        }
        List<Long> counts = new ArrayList<>(BINS);
        for (long n : bins) {
            counts.add(n);
        }
        return new LogHistogram(below, counts);
    }

    /// Lower edge of bin `i` as a power of ten.
    public static double lowerExponent(int i) {
        return MIN_EXPONENT + (double) i / BINS_PER_DECADE;
    }

    public long total() {
        return below + counts.stream().mapToLong(Long::longValue).sum();
    }
}
