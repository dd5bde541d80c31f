package io.github.seeddelta.nat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Chooses the next token from a row of logits.
public interface Sampler {
    /// @param logits one row of native floats
    int pick(MemorySegment logits);

    /// The most likely token; the lowest id among equals.
    static Sampler greedy() {
        return Sampler::mostLikely;
    }

    /// A token with probability softmax(logits / temperature). The same seed gives the same choices.
    ///
    /// @param temperature 0 means [#greedy()]
    static Sampler temperature(double temperature, long seed) {
        if (!(temperature >= 0) || temperature == Double.POSITIVE_INFINITY) {
            throw new NativeException.Usage("temperature must be a number from 0 on, not " + temperature);
        }
        if (temperature == 0) {
            return greedy();
        }
        SplittableRandom random = new SplittableRandom(seed);
        return logits -> draw(logits, temperature, random.nextDouble());
    }

    private static int mostLikely(MemorySegment logits) {
        long count = logits.byteSize() / ValueLayout.JAVA_FLOAT.byteSize();
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (logits.getAtIndex(ValueLayout.JAVA_FLOAT, i) > logits.getAtIndex(ValueLayout.JAVA_FLOAT, best)) {
                best = i;
            }
        }
        return best;
    }

    private static int draw(MemorySegment logits, double temperature, double uniform) {
        int count = Math.toIntExact(logits.byteSize() / ValueLayout.JAVA_FLOAT.byteSize());
        int mostLikely = mostLikely(logits);
        double max = logits.getAtIndex(ValueLayout.JAVA_FLOAT, mostLikely);
        double[] weights = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            weights[i] = Math.exp((logits.getAtIndex(ValueLayout.JAVA_FLOAT, i) - max) / temperature);
            sum += weights[i];
        }
        double rest = uniform * sum;
        for (int i = 0; i < count; i++) {
            rest -= weights[i];
            if (rest < 0) {
                return i;
            }
        }
        return mostLikely;
    }
}
