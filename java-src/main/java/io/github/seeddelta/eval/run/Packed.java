package io.github.seeddelta.eval.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/// Doubles in one JSON string: Base64 of little-endian bytes, bit for bit.
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
}
