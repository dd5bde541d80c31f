package io.github.seeddelta.eval.result;

import io.github.seeddelta.eval.stats.Paired;
import java.util.Locale;

/// Numbers as people read them: point as decimal mark, one standard error behind `±`.
public final class Format {
    private static final double MIB = 1024.0 * 1024.0;

    private Format() {}

    public static String mib(long bytes) {
        double mib = bytes / MIB;
        if (mib < 0.1) {
            return format("%.1f KiB", bytes / 1024.0);
        }
        return format(mib < 10 ? "%.2f MiB" : mib < 10240 ? "%.1f MiB" : "%.0f MiB", mib);
    }

    /// `+3.21 %`; the minus is a real minus sign.
    public static String signedPercent(double percent) {
        if (!Double.isFinite(percent)) {
            return "not finite";
        }
        double size = Math.abs(percent);
        String digits = format(size < 10 ? "%.2f" : size < 1000 ? "%.1f" : "%.3g", size);
        boolean zero = Double.parseDouble(digits) == 0;
        return (zero ? "" : percent < 0 ? "−" : "+") + digits + " %";
    }

    public static String percent(double fraction) {
        return format("%.2f %%", 100 * fraction);
    }

    /// Four decimals for usual values, three significant digits for small and large ones, `not finite` for the rest.
    public static String number(double value) {
        if (!Double.isFinite(value)) {
            return "not finite";
        }
        double size = Math.abs(value);
        if (size == 0) {
            return "0";
        }
        return size < 0.001 || size >= 1e6 ? format("%.2e", value) : format("%.4f", value);
    }

    public static String estimate(double value, double se) {
        return Double.isFinite(value) ? number(value) + " ± " + number(se) : "not finite";
    }

    public static String bits(double bitsPerWeight) {
        return format("%.3f", bitsPerWeight);
    }

    /// The paired PPL change: `+3.21 % ± 0.40`.
    public static String change(Paired p) {
        double change = p.pplChangePercent();
        double se = p.pplChangeSePercent();
        return Double.isFinite(change)
                ? signedPercent(change) + " ± " + format(se < 1000 ? "%.2f" : "%.3g", se)
                : "not finite";
    }

    /// `1 chunk`, `3 chunks`.
    public static String count(long n, String noun) {
        return n + " " + noun + (n == 1 ? "" : "s");
    }

    /// A difference with its sign, three decimals.
    public static String signed(double difference) {
        return (difference < 0 ? "−" : "+") + format("%.3f", Math.abs(difference));
    }

    public static String speed(Speed.Spread s) {
        return format("%.1f (%.1f to %.1f)", s.median(), s.min(), s.max());
    }

    public static String ratio(Speed.Spread s) {
        return format("×%.2f (%.2f to %.2f)", s.median(), s.min(), s.max());
    }

    public static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
