package io.github.seeddelta.nat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A GGUF file of a small Llama with random F32 weights and one token for each byte, written without native code.
/// Its logits mean nothing, but they are a real model's.
final class TinyModel {
    static final int EMBEDDING = 64;
    static final int FEED_FORWARD = 96;
    static final int LAYERS = 2;
    static final String GATE = "blk.1.ffn_gate.weight";

    private static final int KEYS = 17;
    private static final int HEADS = 4;
    private static final int ALIGNMENT = 32;
    private static final int U32 = 4;
    private static final int I32 = 5;
    private static final int F32 = 6;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int TOKEN_UNKNOWN = 2;
    private static final int TOKEN_CONTROL = 3;
    private static final int TOKEN_BYTE = 6;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final SplittableRandom random = new SplittableRandom(20);

    private record Tensor(String name, int[] shape) {
        int weights() {
            return IntStream.of(shape).reduce(1, Math::multiplyExact);
        }
    }

    private TinyModel() {}

    static Path write(Path file) throws IOException {
        return write(file, LAYERS);
    }

    /// @param announcedLayers what the header says; a well-formed file that llama.cpp cannot cope with when it is 0
    static Path write(Path file, int announcedLayers) throws IOException {
        TinyModel model = new TinyModel();
        model.writeAll(announcedLayers);
        return Files.write(file, model.bytes.toByteArray());
    }

    private void writeAll(int announcedLayers) {
        List<String> tokens = vocabulary();
        List<Tensor> tensors = tensors(tokens.size());
        bytes.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        putInt(3);
        putLong(tensors.size());
        putLong(KEYS);
        putString("general.architecture", "llama");
        putString("general.name", "tiny");
        putU32("llama.block_count", announcedLayers);
        putU32("llama.context_length", 8192);
        putU32("llama.embedding_length", EMBEDDING);
        putU32("llama.feed_forward_length", FEED_FORWARD);
        putU32("llama.attention.head_count", HEADS);
        putU32("llama.attention.head_count_kv", HEADS / 2);
        putU32("llama.rope.dimension_count", EMBEDDING / HEADS);
        putKey("llama.attention.layer_norm_rms_epsilon", F32);
        putInt(Float.floatToRawIntBits(1e-5f));
        putString("tokenizer.ggml.model", "llama");
        putArray("tokenizer.ggml.tokens", STRING, tokens.size());
        tokens.forEach(this::putText);
        putArray("tokenizer.ggml.scores", F32, tokens.size());
        tokens.forEach(token -> putInt(Float.floatToRawIntBits(0)));
        putArray("tokenizer.ggml.token_type", I32, tokens.size());
        IntStream.range(0, tokens.size()).forEach(i -> putInt(tokenType(i)));
        putU32("tokenizer.ggml.unknown_token_id", 0);
        putU32("tokenizer.ggml.bos_token_id", 1);
        putU32("tokenizer.ggml.eos_token_id", 2);
        putTensors(tensors);
    }

    private static List<String> vocabulary() {
        return Stream.concat(
                        Stream.of("<unk>", "<s>", "</s>"),
                        IntStream.range(0, 256).mapToObj("<0x%02X>"::formatted))
                .toList();
    }

    private static int tokenType(int token) {
        return token == 0 ? TOKEN_UNKNOWN : token < 3 ? TOKEN_CONTROL : TOKEN_BYTE;
    }

    private static List<Tensor> tensors(int vocab) {
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(new Tensor("token_embd.weight", new int[] {EMBEDDING, vocab}));
        tensors.add(new Tensor("output_norm.weight", new int[] {EMBEDDING}));
        for (int i = 0; i < LAYERS; i++) {
            String block = "blk." + i + ".";
            tensors.add(new Tensor(block + "attn_norm.weight", new int[] {EMBEDDING}));
            tensors.add(new Tensor(block + "attn_q.weight", new int[] {EMBEDDING, EMBEDDING}));
            tensors.add(new Tensor(block + "attn_k.weight", new int[] {EMBEDDING, EMBEDDING / 2}));
            tensors.add(new Tensor(block + "attn_v.weight", new int[] {EMBEDDING, EMBEDDING / 2}));
            tensors.add(new Tensor(block + "attn_output.weight", new int[] {EMBEDDING, EMBEDDING}));
            tensors.add(new Tensor(block + "ffn_norm.weight", new int[] {EMBEDDING}));
            tensors.add(new Tensor(block + "ffn_gate.weight", new int[] {EMBEDDING, FEED_FORWARD}));
            tensors.add(new Tensor(block + "ffn_up.weight", new int[] {EMBEDDING, FEED_FORWARD}));
            tensors.add(new Tensor(block + "ffn_down.weight", new int[] {FEED_FORWARD, EMBEDDING}));
        }
        return tensors;
    }

    private void putTensors(List<Tensor> tensors) {
        long offset = 0;
        for (Tensor tensor : tensors) {
            putText(tensor.name);
            putInt(tensor.shape.length);
            IntStream.of(tensor.shape).forEach(this::putLong);
            putInt(0);
            putLong(offset);
            offset += 4L * tensor.weights();
        }
        align();
        for (Tensor tensor : tensors) {
            boolean norm = tensor.shape.length == 1;
            double spread = norm ? 0.1 : 2 / Math.sqrt(tensor.shape[0]);
            for (int i = 0; i < tensor.weights(); i++) {
                double uniform = 2 * random.nextDouble() - 1;
                putInt(Float.floatToRawIntBits((float) ((norm ? 1 : 0) + spread * uniform)));
            }
            align();
        }
    }

    private void align() {
        while (bytes.size() % ALIGNMENT != 0) {
            bytes.write(0);
        }
    }

    private void putString(String key, String value) {
        putKey(key, STRING);
        putText(value);
    }

    private void putU32(String key, int value) {
        putKey(key, U32);
        putInt(value);
    }

    private void putArray(String key, int type, int length) {
        putKey(key, ARRAY);
        putInt(type);
        putLong(length);
    }

    private void putKey(String key, int type) {
        putText(key);
        putInt(type);
    }

    private void putText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        putLong(utf8.length);
        bytes.writeBytes(utf8);
    }

    private void putInt(int value) {
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    private void putLong(long value) {
        bytes.writeBytes(ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }
}
