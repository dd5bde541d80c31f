package io.github.seeddelta.toy.a;

import java.nio.charset.StandardCharsets;

/// The seeded bases of docs/FORMAT.md, written from that page alone: the second opinion that `prng_block` and
/// `fht_struct` are held against. Arithmetic in double.
final class SeededBases {
    private static final int GOLDEN = 0x9e3779b9;

    private final long key;

    /// @param weight `blk.0.ffn_up`
    SeededBases(long seed, String weight) {
        long name = 0xcbf29ce484222325L;
        for (byte b : weight.getBytes(StandardCharsets.UTF_8)) {
            name = (name ^ (b & 0xff)) * 0x100000001b3L;
        }
        this.key = seed ^ name * 0x9e3779b97f4a7c15L;
    }

    /// Hadamard stacks: W0 of nOut × nIn, row after row.
    ///
    /// @param theta of each stack's last factor, L values a stack; its length gives the number of stacks
    /// @param length L
    double[] hadamardStacks(int nOut, int nIn, int length, int depth, double[][] theta) {
        int rows = Math.ceilDiv(nOut, theta.length);
        double[] w0 = new double[nOut * nIn];
        for (int b = 0; b < theta.length; b++) {
            Factor[] factors = new Factor[depth];
            for (int f = 0; f < depth; f++) {
                factors[f] = factor(b * depth + f, length, f + 1 == depth ? theta[b] : null);
            }
            int end = Math.min(rows, nOut - b * rows);
            for (int c = 0; c < nIn; c++) {
                double[] v = new double[length];
                v[c] = 1;
                for (Factor factor : factors) {
                    v = factor.apply(v);
                }
                for (int i = 0; i < end; i++) {
                    w0[(b * rows + i) * nIn + c] = v[i];
                }
            }
        }
        return w0;
    }

    /// One factor H·diag(θ)·H·P / L.
    private record Factor(int[] place, boolean[] negative, double[] theta) {
        double[] apply(double[] v) {
            double[] out = new double[v.length];
            for (int c = 0; c < v.length; c++) {
                out[place[c]] = negative[c] ? -v[c] : v[c];
            }
            hadamard(out);
            for (int k = 0; k < out.length; k++) {
                out[k] *= theta[k] / out.length;
            }
            hadamard(out);
            return out;
        }
    }

    /// @param last θ of a last factor, null for a factor whose θ are signs of the seed
    private Factor factor(int number, int length, double @org.jspecify.annotations.Nullable [] last) {
        int shuffle = row(3 * number);
        int flip = row(3 * number + 1);
        int signs = row(3 * number + 2);
        int[] place = new int[length];
        for (int c = 0; c < length; c++) {
            place[c] = c;
        }
        for (int c = length - 1; c > 0; c--) {
            int other = Integer.remainderUnsigned(word(shuffle, c), c + 1);
            int kept = place[c];
            place[c] = place[other];
            place[other] = kept;
        }
        boolean[] negative = new boolean[length];
        double[] theta = new double[length];
        for (int c = 0; c < length; c++) {
            negative[c] = isSet(flip, c);
            theta[c] = last != null ? last[c] : isSet(signs, c) ? -1 : 1;
        }
        return new Factor(place, negative, theta);
    }

    /// The sign of W0[r, c] in base `prng_block`.
    int sign(int r, int c) {
        return isSet(row(r), c) ? -1 : 1;
    }

    private static boolean isSet(int row, int bit) {
        return (word(row, bit / 32) >>> (bit % 32) & 1) != 0;
    }

    private int row(int r) {
        int shared = mix(mix((int) key ^ 0x243f6a88) ^ (int) (key >>> 32));
        return mix(shared + r * GOLDEN);
    }

    private static int word(int row, int i) {
        return mix(row ^ (i * GOLDEN + 0x7f4a7c15));
    }

    private static int mix(int value) {
        int h = value;
        h ^= h >>> 16;
        h *= 0x85ebca6b;
        h ^= h >>> 13;
        h *= 0xc2b2ae35;
        return h ^ h >>> 16;
    }

    private static void hadamard(double[] v) {
        for (int half = 1; half < v.length; half *= 2) {
            for (int start = 0; start < v.length; start += 2 * half) {
                for (int i = start; i < start + half; i++) {
                    double a = v[i];
                    double b = v[i + half];
                    v[i] = a + b;
                    v[i + half] = a - b;
                }
            }
        }
    }
}
