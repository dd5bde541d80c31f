package io.github.seeddelta.eval.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/// Doubles or flags in one JSON string: Base64 of little-endian bytes, bit for bit.
final class Packed {
    private Packed() {}

    static String write(double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    static double[] read(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text)).order(ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[bytes.remaining() / Double.BYTES];
        bytes.asDoubleBuffer().get(values);
        return values;
    }

    /// Flags as one byte each.
    static String writeFlags(boolean[] flags) {
        byte[] bytes = new byte[flags.length];
        for (int i = 0; i < flags.length; i++) {
            bytes[i] = (byte) (flags[i] ? 1 : 0);
        }
        return Base64.getEncoder().encodeToString(bytes);
    }

    static boolean[] readFlags(String text) {
        byte[] bytes = Base64.getDecoder().decode(text);
        boolean[] flags = new boolean[bytes.length];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = bytes[i] != 0;
        }
        return flags;
    }
}
