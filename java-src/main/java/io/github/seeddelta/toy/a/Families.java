package io.github.seeddelta.toy.a;

import io.github.seeddelta.toy.a.Setting.Stacks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Makes the cases of one weight size: five families of weights, each with the encodings that have a closed form.
/// Everything here is known before anything is built; the formulas are derived in docs/CONTROLLED.md.
final class Families {
    private static final int[] BLOCKS = {16, 32, 64};
    /// Decay of A3's magnitudes from the first to the last input: e^−3.
    private static final double DECAY = 3;
    private static final double BLOCK_DECAY = 0.8;
    private static final double DELTA_DECAY = 0.75;
    /// Half a step of i8 as a share of the largest value.
    private static final double HALF_STEP = 1 / 254.0;

    private final int nIn;
    private final int nOut;
    private final Random random;
    private final List<ControlledCase> cases = new ArrayList<>();

    private Families(int nIn, int nOut) {
        this.nIn = nIn;
        this.nOut = nOut;
        this.random = new Random(31L * nIn + nOut);
    }

    /// In the order of the layers that will hold them.
    static List<ControlledCase> of(int nIn, int nOut) {
        Families families = new Families(nIn, nOut);
        families.identity();
        families.diagonal();
        families.lowRank();
        families.structured();
        families.identityAndDelta();
        return families.cases;
    }

    // ---- A1 and A2: one value in each row ---------------------------------------------------------------------------

    private void identity() {
        double[] ones = new double[nOut];
        Arrays.fill(ones, 1);
        diagonalCases("A1", "identity", ones);
        add("A1", "identity, stored as it is", Setting.coo(1, "f16").withoutRowScale(), diagonalWeight(ones), 0);
    }

    private void diagonal() {
        double[] uneven = new double[nOut];
        double[] dyadic = new double[nOut];
        for (int r = 0; r < nOut; r++) {
            double sign = random.nextBoolean() ? 1 : -1;
            uneven[r] = sign * Math.exp(0.7 * random.nextGaussian());
            dyadic[r] = sign * Math.scalb(1 + random.nextInt(8) / 8.0, random.nextInt(9) - 4);
        }
        diagonalCases("A2", "diagonal", uneven);
        add(
                "A2",
                "diagonal of f16 values, stored as it is",
                Setting.coo(1, "f16").withoutRowScale(),
                diagonalWeight(dyadic),
                0);
    }

    private void diagonalCases(String family, String about, double[] s) {
        float[] w = diagonalWeight(s);
        add(family, about, Setting.coo(1, "f16"), w, ControlledCase.F16);
        add(family, about, Setting.coo(1, "i8"), w, ControlledCase.F16);
        add(family, about + ", more kept than there is", Setting.coo(Math.min(nIn, 9), "f16"), w, ControlledCase.F16);
        for (int block : BLOCKS) {
            add(family, about, Setting.block(block, block, block == 16 ? "f16" : "i8"), w, ControlledCase.F16);
        }
        onSigns(family, about + " on a base of signs", Setting.coo(1, "f16"), s);
        onSigns(family, about + " on a base of signs", Setting.coo(Math.max(2, nIn / 8), "f16"), s);
        onSigns(family, about + " on a base of signs", Setting.block(16, 16, "f16"), s);
    }

    private float[] diagonalWeight(double[] s) {
        float[] w = new float[nOut * nIn];
        for (int r = 0; r < nOut; r++) {
            w[r * nIn + r % nIn] = (float) s[r];
        }
        return w;
    }

    /// In units of a row's root mean square the value is ±√n and the base is ±c with c the mean of √n·σ over the whole
    /// weight. What is kept is corrected exactly, the other `rest` inputs keep the base's ±c, and the row scale
    // makes
    /// the best of it: (W − Ŵ)² / W² = rest·c² / (n + rest·c²).
    private void onSigns(String family, String about, Setting plain, double[] s) {
        Setting setting = plain.onSigns(100 + cases.size());
        SeededBases base = new SeededBases(setting.seed(), ControlledCase.weightOf(cases.size()));
        double root = Math.sqrt(nIn);
        double sum = 0;
        for (int r = 0; r < nOut; r++) {
            sum += Math.signum(s[r]) * root * base.sign(r, r % nIn);
        }
        double c = sum / ((double) nOut * nIn);
        double[] ideal = new double[nOut * nIn];
        double energy = 0;
        double lost = 0;
        double cosines = 0;
        for (int r = 0; r < nOut; r++) {
            boolean[] kept = keptAround(r % nIn, setting);
            int rest = 0;
            for (boolean k : kept) {
                rest += k ? 0 : 1;
            }
            double noise = rest * c * c;
            double scale = Math.abs(s[r]) / root * nIn / (nIn + noise);
            for (int i = 0; i < nIn; i++) {
                ideal[r * nIn + i] = kept[i] ? 0 : scale * c * base.sign(r, i);
            }
            ideal[r * nIn + r % nIn] = scale * Math.signum(s[r]) * root;
            energy += s[r] * s[r];
            lost += s[r] * s[r] * noise / (nIn + noise);
            cosines += Math.sqrt(nIn / (nIn + noise));
        }
        cases.add(new ControlledCase(
                family,
                about,
                cases.size(),
                nIn,
                nOut,
                setting,
                diagonalWeight(s),
                ideal,
                Math.sqrt(lost / energy),
                cosines / nOut,
                ControlledCase.F16));
    }

    /// `coo`: the value, then the lowest of the others, which are all equal. `block`: the block of the value.
    private boolean[] keptAround(int at, Setting setting) {
        boolean[] kept = new boolean[nIn];
        int unit = setting.unit();
        if (unit > 1) {
            Arrays.fill(kept, at / unit * unit, Math.min(nIn, (at / unit + 1) * unit), true);
            return kept;
        }
        kept[at] = true;
        int left = setting.k() - 1;
        for (int i = 0; left > 0; i++) {
            if (!kept[i]) {
                kept[i] = true;
                left--;
            }
        }
        return kept;
    }

    // ---- A3: sums of outer products whose magnitudes decay ----------------------------------------------------------

    private void lowRank() {
        for (int rank : new int[] {1, 2, 4}) {
            decaying(rank, Setting.coo(Math.max(1, nIn / 8), "f16"));
            decaying(rank, Setting.coo(Math.max(1, nIn / 2), rank == 2 ? "i8" : "f16"));
        }
        decaying(1, Setting.coo(nIn / 4, "f16").withoutRowScale());
        decaying(3, Setting.coo(nIn / 4, "i8"));
        decaying(4, Setting.coo(nIn, "f16"));
        decaying(2, Setting.block(16, 16, "f16"));
        decaying(3, Setting.block(16, Math.max(16, nIn / 32 * 16), "i8"));
        decaying(4, Setting.block(32, 32, "f16").withoutRowScale());
        decaying(1, Setting.block(64, Math.max(64, nIn / 128 * 64), "f16"));
    }

    /// W[r, c] = a[r]·σ[r, g]·v[c] with g the segment of c: rank = segments. |v| falls geometrically along a shuffled
    /// order of inputs (or of blocks, equal inside one), so what is dropped is a tail of a geometric series.
    private void decaying(int rank, Setting setting) {
        int unit = setting.unit();
        int units = Math.ceilDiv(nIn, unit);
        int[] order = shuffled(units);
        double ratio = unit > 1 ? BLOCK_DECAY : Math.exp(-DECAY / nIn);
        double[] v = new double[nIn];
        for (int i = 0; i < nIn; i++) {
            v[i] = (random.nextBoolean() ? 1 : -1) * Math.pow(ratio, order[i / unit]);
        }
        double[] energies = new double[units];
        for (int u = 0; u < units; u++) {
            energies[u] = (Math.min(nIn, (u + 1) * unit) - u * unit) * Math.pow(ratio, 2.0 * order[u]);
        }
        boolean[] kept = largest(energies, setting.k() / unit);
        double all = unit > 1 ? sum(energies, null) : geometric(ratio * ratio, 0, nIn);
        double tail = unit > 1 ? all - sum(energies, kept) : geometric(ratio * ratio, setting.k(), nIn);
        float[] w = new float[nOut * nIn];
        double[] ideal = new double[nOut * nIn];
        for (int r = 0; r < nOut; r++) {
            double amplitude = Math.exp(0.5 * random.nextGaussian());
            for (int i = 0; i < nIn; i++) {
                int segment = (int) ((long) i * rank / nIn);
                double value = (r >> segment & 1) == 0 ? amplitude * v[i] : -amplitude * v[i];
                w[r * nIn + i] = (float) value;
                ideal[r * nIn + i] = kept[i / unit] ? value : 0;
            }
        }
        double steps = 0;
        for (int u = 0; u < units; u++) {
            steps += !kept[u] ? 0 : unit > 1 ? energies[u] : 1;
        }
        double rounding =
                setting.isI8() ? HALF_STEP * (1 + ControlledCase.F16) * Math.sqrt(steps / all) : ControlledCase.F16;
        cases.add(new ControlledCase(
                "A3",
                "rank " + rank,
                cases.size(),
                nIn,
                nOut,
                setting,
                w,
                ideal,
                setting.k() >= nIn ? 0 : Math.sqrt(tail / all),
                setting.k() >= nIn ? 1 : Math.sqrt(1 - tail / all),
                rounding));
    }

    /// Σ x^i for i from `from` to `to` − 1.
    private static double geometric(double x, int from, int to) {
        return (Math.pow(x, from) - Math.pow(x, to)) / (1 - x);
    }

    private static double sum(double[] energies, boolean @org.jspecify.annotations.Nullable [] only) {
        double sum = 0;
        for (int u = 0; u < energies.length; u++) {
            sum += only == null || only[u] ? energies[u] : 0;
        }
        return sum;
    }

    private static boolean[] largest(double[] energies, int count) {
        boolean[] kept = new boolean[energies.length];
        for (int i = 0; i < Math.min(count, energies.length); i++) {
            int best = -1;
            for (int u = 0; u < energies.length; u++) {
                if (!kept[u] && (best < 0 || energies[u] > energies[best])) {
                    best = u;
                }
            }
            kept[best] = true;
        }
        return kept;
    }

    private int[] shuffled(int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        for (int i = n - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        return order;
    }

    // ---- A4: the structured base itself -----------------------------------------------------------------------------

    /// Rows have one length only when every input of a stack is there; otherwise row scales would take W out of the
    /// span of the base, so those cases go without.
    private void structured() {
        int length = Integer.highestOneBit(nIn - 1) * 2;
        int least = Math.ceilDiv(nOut, length);
        if (nIn == length) {
            hadamard(new Stacks(length, least, 1, 1), Setting.coo(1, "f16"));
            hadamard(new Stacks(length, 2 * least, 2, 1), Setting.block(16, 16, "f16"));
            hadamard(new Stacks(length, least + 2, 3, 3), Setting.coo(1, "f16"));
            hadamard(new Stacks(length, 2 * least, 2, 1), Setting.coo(1, "i8").withoutRowScale());
        } else {
            hadamard(new Stacks(length, least, 1, 1), Setting.coo(1, "f16").withoutRowScale());
            hadamard(
                    new Stacks(length, 2 * least, 1, 1),
                    Setting.block(16, 16, "f16").withoutRowScale());
            hadamard(new Stacks(length, least + 2, 1, 3), Setting.coo(1, "i8").withoutRowScale());
            hadamard(new Stacks(2 * length, least, 1, 1), Setting.coo(1, "f16").withoutRowScale());
        }
    }

    /// W is made by the base, so the base alone captures all of it; what is left is θ rounded to f16.
    private void hadamard(Stacks stacks, Setting plain) {
        Setting setting = plain.onStacks(200 + cases.size(), stacks);
        SeededBases base = new SeededBases(setting.seed(), ControlledCase.weightOf(cases.size()));
        double[][] theta = new double[stacks.count()][stacks.length()];
        for (double[] stack : theta) {
            for (int k = 0; k < stack.length; k++) {
                stack[k] = (random.nextBoolean() ? 1 : -1) * (0.5 + random.nextDouble());
            }
        }
        double[] w0 = base.hadamardStacks(nOut, nIn, stacks.length(), stacks.depth(), theta);
        float[] w = new float[w0.length];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) w0[i];
        }
        add(
                "A4",
                "fht_struct, depth " + stacks.depth() + ", " + stacks.count() + " stacks",
                setting,
                w,
                2 * ControlledCase.F16);
    }

    // ---- A5: identity and a known sparse Δ --------------------------------------------------------------------------

    private void identityAndDelta() {
        int many = Math.min(12, nIn / 4);
        sparse(many, Setting.coo(1, "f16"), false);
        sparse(many, Setting.coo(3, "f16"), false);
        sparse(many, Setting.coo(5, "i8"), false);
        sparse(many, Setting.coo(many + 1, "f16"), false);
        sparse(many, Setting.coo(many + 1, "i8"), false);
        sparse(many, Setting.coo(many + 3, "f16"), false);
        sparse(many, Setting.coo(many + 1, "f16").withoutRowScale(), true);
        for (int block : BLOCKS) {
            int few = Math.min(4, Math.ceilDiv(nIn, block) - 1);
            if (few > 0) {
                sparse(few, Setting.block(block, block * Math.max(1, few - 1), "f16"), false);
                sparse(few, Setting.block(block, block * (few + 1), "i8"), false);
                sparse(few, Setting.block(block, block * (few + 1), "f16").withoutRowScale(), true);
            }
        }
    }

    /// W = I + Δ with `count` values in each row of Δ, each in a unit (input or block) of its own, the largest first.
    /// The identity and the largest of Δ are kept; what is dropped is the tail.
    ///
    /// @param dyadic values are powers of two, which f16 holds as they are
    private void sparse(int count, Setting setting, boolean dyadic) {
        int unit = setting.unit();
        int units = Math.ceilDiv(nIn, unit);
        int kept = setting.k() / unit - 1;
        float[] w = new float[nOut * nIn];
        double[] ideal = new double[nOut * nIn];
        double all = 1;
        double tail = 0;
        for (int j = 0; j < count; j++) {
            double square = Math.pow(magnitude(j, dyadic), 2);
            all += square;
            tail += j < kept ? 0 : square;
        }
        for (int r = 0; r < nOut; r++) {
            int at = r % nIn;
            int[] steps = shuffled(units - 1);
            w[r * nIn + at] = 1;
            ideal[r * nIn + at] = 1;
            for (int j = 0; j < count; j++) {
                int place = r * nIn + (at / unit + 1 + steps[j]) % units * unit;
                double value = (random.nextBoolean() ? 1 : -1) * magnitude(j, dyadic);
                w[place] = (float) value;
                ideal[place] = j < kept ? value : 0;
            }
        }
        double stored = Math.min(setting.k(), count + 1);
        double rounding = dyadic
                ? 0
                : setting.isI8() && unit == 1
                        ? HALF_STEP * (1 + ControlledCase.F16) * Math.sqrt(stored / all)
                        : ControlledCase.F16;
        cases.add(new ControlledCase(
                "A5",
                "identity and " + count + " values a row" + (dyadic ? ", stored as they are" : ""),
                cases.size(),
                nIn,
                nOut,
                setting,
                w,
                ideal,
                Math.sqrt(tail / all),
                Math.sqrt(1 - tail / all),
                rounding));
    }

    private static double magnitude(int j, boolean dyadic) {
        return dyadic ? Math.scalb(1.0, -1 - j) : 0.8 * Math.pow(DELTA_DECAY, j);
    }

    // ------------------------------------------------------------------------------------------------------------------

    /// A case in which nothing is dropped.
    private void add(String family, String about, Setting setting, float[] w, double rounding) {
        double[] ideal = new double[w.length];
        for (int i = 0; i < w.length; i++) {
            ideal[i] = w[i];
        }
        cases.add(new ControlledCase(family, about, cases.size(), nIn, nOut, setting, w, ideal, 0, 1, rounding));
    }
}
