package io.github.seeddelta.toy.a;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes a GGUF file (version 3) without native code, so that what is tested had no part in making its input.
/// Weights are held by reference until they are written.
final class GgufFile {
    private static final int ALIGNMENT = 32;
    private static final int VERSION = 3;
    private static final int U32 = 4;
    private static final int I32 = 5;
    private static final int F32 = 6;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    private final ByteArrayOutputStream keys = new ByteArrayOutputStream();
    private final List<Tensor> tensors = new ArrayList<>();
    private int keyCount;

    /// How the values of a tensor are stored; the code is ggml's.
    enum Type {
        F32(0, Float.BYTES),
        F16(1, Short.BYTES);

        private final int code;
        private final int bytes;

        Type(int code, int bytes) {
            this.code = code;
            this.bytes = bytes;
        }
    }

    /// @param shape fastest dimension first
    private record Tensor(String name, Type type, int[] shape, float[] values) {
        long sizeBytes() {
            return (long) type.bytes * values.length;
        }
    }

    void string(String key, String value) {
        put(key, STRING);
        keys.writeBytes(text(value));
    }

    void u32(String key, int value) {
        put(key, U32);
        keys.writeBytes(int32(value));
    }

    void f32(String key, float value) {
        put(key, F32);
        keys.writeBytes(int32(Float.floatToRawIntBits(value)));
    }

    void strings(String key, List<String> values) {
        array(key, STRING, values.size());
        values.forEach(value -> keys.writeBytes(text(value)));
    }

    void f32s(String key, float[] values) {
        array(key, F32, values.length);
        for (float value : values) {
            keys.writeBytes(int32(Float.floatToRawIntBits(value)));
        }
    }

    void i32s(String key, int[] values) {
        array(key, I32, values.length);
        for (int value : values) {
            keys.writeBytes(int32(value));
        }
    }

    void tensor(String name, Type type, float[] values, int... shape) {
        tensors.add(new Tensor(name, type, shape.clone(), values));
    }

    void write(Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            head.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
            head.writeBytes(int32(VERSION));
            head.writeBytes(int64(tensors.size()));
            head.writeBytes(int64(keyCount));
            head.writeBytes(keys.toByteArray());
            long offset = 0;
            for (Tensor tensor : tensors) {
                head.writeBytes(text(tensor.name));
                head.writeBytes(int32(tensor.shape.length));
                for (int n : tensor.shape) {
                    head.writeBytes(int64(n));
                }
                head.writeBytes(int32(tensor.type.code));
                head.writeBytes(int64(offset));
                offset += tensor.sizeBytes() + padding(tensor.sizeBytes());
            }
            out.write(head.toByteArray());
            out.write(new byte[padding(head.size())]);
            for (Tensor tensor : tensors) {
                out.write(bytes(tensor));
                out.write(new byte[padding(tensor.sizeBytes())]);
            }
        }
    }

    private static byte[] bytes(Tensor tensor) {
        ByteBuffer buffer =
                ByteBuffer.allocate(Math.toIntExact(tensor.sizeBytes())).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : tensor.values) {
            if (tensor.type == Type.F16) {
                buffer.putShort(Float.floatToFloat16(value));
            } else {
                buffer.putFloat(value);
            }
        }
        return buffer.array();
    }

    private void array(String key, int type, int length) {
        put(key, ARRAY);
        keys.writeBytes(int32(type));
        keys.writeBytes(int64(length));
    }

    private void put(String key, int type) {
        keys.writeBytes(text(key));
        keys.writeBytes(int32(type));
        keyCount++;
    }

    private static int padding(long size) {
        return (int) (-size & (ALIGNMENT - 1));
    }

    private static byte[] text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + utf8.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(utf8.length)
                .put(utf8)
                .array();
    }

    private static byte[] int32(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    private static byte[] int64(long value) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }
}
