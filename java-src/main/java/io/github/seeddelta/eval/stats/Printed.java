package io.github.seeddelta.eval.stats;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// Numbers with the digits that C's `printf` would print.
///
/// `String.format` rounds the shortest decimal that reads back as the double, half up; `printf` rounds the exact
/// binary value, half to even. The two differ in the last digit often enough to break a comparison of printed values.
public final class Printed {
    private Printed() {}

    /// The value as `printf("%.<decimals>f", value)` prints it.
    public static String fixed(double value, int decimals) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        String digits = new BigDecimal(Math.abs(value))
                .setScale(decimals, RoundingMode.HALF_EVEN)
                .toPlainString();
        boolean negative = Double.doubleToRawLongBits(value) < 0;
        return negative ? "-" + digits : digits;
    }
}
