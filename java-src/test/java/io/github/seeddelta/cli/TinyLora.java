package io.github.seeddelta.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// A LoRA adapter for one weight of a Llama, with random values, written without native code.
final class TinyLora {
    private static final int RANK = 4;
    private static final int F32 = 6;
    private static final int STRING = 8;
    private static final int ALIGNMENT = 32;
    private static final float ALPHA = 8;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private TinyLora() {}

    static Path write(Path file, String weight, int inputs, int outputs) throws IOException {
        TinyLora lora = new TinyLora();
        lora.writeAll(weight, inputs, outputs);
        return Files.write(file, lora.bytes.toByteArray());
    }

    private void writeAll(String weight, int inputs, int outputs) {
        bytes.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        put(Integer.BYTES, 3);
        put(Long.BYTES, 2);
        put(Long.BYTES, 4);
        key("general.type", "adapter");
        key("general.architecture", "llama");
        key("adapter.type", "lora");
        text("adapter.lora.alpha");
        put(Integer.BYTES, F32);
        put(Integer.BYTES, Float.floatToRawIntBits(ALPHA));
        tensor(weight + ".weight.lora_a", inputs, RANK, 0);
        tensor(weight + ".weight.lora_b", RANK, outputs, (long) Float.BYTES * inputs * RANK);
        align();
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < RANK * (inputs + outputs); i++) {
            put(Integer.BYTES, Float.floatToRawIntBits((float) (random.nextGaussian() * 0.2)));
        }
        align();
    }

    private void tensor(String name, int n0, int n1, long offset) {
        text(name);
        put(Integer.BYTES, 2);
        put(Long.BYTES, n0);
        put(Long.BYTES, n1);
        put(Integer.BYTES, 0);
        put(Long.BYTES, offset);
    }

    private void key(String key, String value) {
        text(key);
        put(Integer.BYTES, STRING);
        text(value);
    }

    private void text(String text) {
        put(Long.BYTES, text.length());
        bytes.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void put(int size, long value) {
        bytes.write(
                ByteBuffer.allocate(Long.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array(),
                0,
                size);
    }

    private void align() {
        while (bytes.size() % ALIGNMENT != 0) {
            bytes.write(0);
        }
    }
}
