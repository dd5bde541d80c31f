package io.github.seeddelta.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Maps values to positions on one axis, and knows its ticks.
///
/// @param from  value at position `start`
/// @param to    value at position `end`; different from `from`
/// @param log   whether the axis is logarithmic; both ends are positive then
public record Scale(double from, double to, double start, double end, boolean log) {
    /// A labelled mark on the axis.
    public record Tick(double value, String label) {}

    public Scale {
        if (!(from < to) || (log && from <= 0)) {
            throw new IllegalArgumentException("no axis from " + from + " to " + to);
        }
    }

    /// A linear axis whose ends are round numbers around the values, at most `ticks` steps or so.
    public static Scale linear(double min, double max, int ticks, double start, double end) {
        double low = min;
        double high = max;
        if (!(high > low)) {
            double pad = low == 0 ? 1 : Math.abs(low) * 0.1;
            low -= pad;
            high += pad;
        }
        double step = step(low, high, ticks);
        return new Scale(Math.floor(low / step) * step, Math.ceil(high / step) * step, start, end, false);
    }

    /// A logarithmic axis over exactly these values with some room at both ends.
    public static Scale log(double min, double max, double start, double end) {
        double low = Math.log10(min);
        double high = Math.log10(max);
        double pad = Math.max(0.05 * (high - low), 0.02);
        return new Scale(Math.pow(10, low - pad), Math.pow(10, high + pad), start, end, true);
    }

    /// Position of a value; values beyond the ends are put on the end.
    public double at(double value) {
        double v = Math.clamp(value, from, to);
        double share = log ? Math.log(v / from) / Math.log(to / from) : (v - from) / (to - from);
        return start + share * (end - start);
    }

    /// About `count` round ticks inside the axis.
    public List<Tick> ticks(int count) {
        return log ? logTicks(count) : linearTicks(count);
    }

    private List<Tick> linearTicks(int count) {
        List<Tick> ticks = new ArrayList<>();
        double step = step(from, to, count);
        int decimals = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
        for (long i = Math.round(Math.ceil(from / step - 1e-9)); i * step <= to + step * 1e-6; i++) {
            double value = i * step;
            ticks.add(new Tick(value, minus(String.format(Locale.ROOT, "%." + decimals + "f", i == 0 ? 0.0 : value))));
        }
        return ticks;
    }

    /// Powers of ten when there are enough of them, else also 2, 5, … times, else a linear choice of values.
    private List<Tick> logTicks(int count) {
        double decades = Math.log10(to / from);
        if (decades < 0.7) {
            List<Tick> ticks = new ArrayList<>();
            for (Tick t : new Scale(from, to, start, end, false).linearTicks(count)) {
                if (t.value >= from && t.value <= to) {
                    ticks.add(t);
                }
            }
            return ticks;
        }
        int[] factors = decades < 1.3 ? new int[] {1, 2, 3, 5, 7} : decades < 2.5 ? new int[] {1, 2, 5} : new int[] {1};
        int every = Math.max(1, (int) Math.ceil(decades / (count + 1)));
        List<Tick> ticks = new ArrayList<>();
        for (int e = (int) Math.floor(Math.log10(from)); e <= Math.ceil(Math.log10(to)); e++) {
            for (int f : factors) {
                double value = f * Math.pow(10, e);
                if (value >= from && value <= to && Math.floorMod(e, every) == 0) {
                    ticks.add(new Tick(value, power(f, e)));
                }
            }
        }
        return ticks;
    }

    private static String power(int factor, int exponent) {
        if (exponent >= -3 && exponent <= 4) {
            return String.format(Locale.ROOT, "%." + Math.max(0, -exponent) + "f", factor * Math.pow(10, exponent));
        }
        return minus(factor + "e" + exponent);
    }

    private static double step(double low, double high, int count) {
        double raw = (high - low) / Math.max(1, count);
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double m = raw / power;
        return power * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
    }

    private static String minus(String number) {
        return number.replace('-', '−');
    }
}
