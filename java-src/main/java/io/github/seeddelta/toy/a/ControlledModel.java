package io.github.seeddelta.toy.a;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.seeddelta.policy.Keys;
import io.github.seeddelta.toy.a.GgufFile.Type;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// A Llama that feeds known vectors to each case and shows what comes out, so that llama.cpp runs the very op a user
/// runs. Layer L holds case L as `ffn_up`.
///
/// Attention and `ffn_down` are zero, so every layer sees the same x, the normalised embedding. Component 0 of x is
/// 2 and `ffn_gate` reads it alone with weight 16; silu(32) is 32 in f32. The input of `ffn_down` is then
/// silu(16·x[0]) · (Ŵ x): the result of the op times a known number.
record ControlledModel(int nIn, int nOut, List<ControlledCase> cases) {
    /// Vectors fed as one batch, and once more one by one: the two kernels of the op.
    static final int VECTORS = 24;

    private static final int FIRST_TOKEN = 3;
    private static final int TOKENS = FIRST_TOKEN + 256;
    private static final int HEAD = 32;
    private static final float CONSTANT = 2;
    private static final float GATE = 16;
    private static final float EPS = 1e-6f;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int BYTE = 6;

    static ControlledModel of(int nIn, int nOut) {
        return new ControlledModel(nIn, nOut, Families.of(nIn, nOut));
    }

    String name() {
        return nIn + "x" + nOut;
    }

    /// The tokens of the known vectors.
    int[] tokens() {
        int[] tokens = new int[VECTORS];
        for (int i = 0; i < VECTORS; i++) {
            tokens[i] = FIRST_TOKEN + i;
        }
        return tokens;
    }

    /// The vectors as the op sees them, up to f32 rounding: the embeddings have mean square 1.
    float[][] inputs() {
        float[] embeddings = embeddings();
        float[][] inputs = new float[VECTORS][];
        for (int i = 0; i < VECTORS; i++) {
            int token = FIRST_TOKEN + i;
            inputs[i] = Arrays.copyOfRange(embeddings, token * nIn, (token + 1) * nIn);
            for (int c = 0; c < nIn; c++) {
                inputs[i][c] /= (float) Math.sqrt(1 + EPS);
            }
        }
        return inputs;
    }

    /// Ŵ x, from what `ffn_gate` and `ffn_down` read.
    static double[] result(float[] gateInput, float[] downInput) {
        double gate = (double) GATE * gateInput[0];
        double factor = gate / (1 + Math.exp(-gate));
        double[] y = new double[downInput.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = downInput[i] / factor;
        }
        return y;
    }

    /// Every case as its setting says, whatever it measures: the gate is not what is tested here.
    byte[] policy() {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        out.put("version", 1);
        ObjectNode defaults = out.putObject("defaults");
        defaults.put("enabled", false).put("strip_dense", true);
        defaults.putObject("gating")
                .put("metric", "cos_x")
                .put("set", "research")
                .put("min_mean", -1)
                .put("min_p05", -1);
        defaults.putObject("stack").put("min_gap", 0).put("harden", false).put("max_loss", Keys.NO_MAX_LOSS);
        ObjectNode layers = out.putObject("layers");
        for (ControlledCase known : cases) {
            layers.putObject(String.valueOf(known.layer()))
                    .putObject("tensors")
                    .set("ffn_up", known.setting().policy());
        }
        return (out.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    void write(Path file) throws IOException {
        GgufFile gguf = new GgufFile();
        gguf.string("general.architecture", "llama");
        gguf.string("general.name", "toy-a-" + name());
        gguf.u32("llama.block_count", cases.size());
        gguf.u32("llama.context_length", 512);
        gguf.u32("llama.embedding_length", nIn);
        gguf.u32("llama.feed_forward_length", nOut);
        gguf.u32("llama.attention.head_count", 1);
        gguf.u32("llama.attention.head_count_kv", 1);
        gguf.u32("llama.attention.key_length", HEAD);
        gguf.u32("llama.attention.value_length", HEAD);
        gguf.u32("llama.rope.dimension_count", HEAD);
        gguf.f32("llama.attention.layer_norm_rms_epsilon", EPS);
        tokenizer(gguf);
        gguf.tensor("token_embd.weight", Type.F32, embeddings(), nIn, TOKENS);
        float[] ones = new float[nIn];
        Arrays.fill(ones, 1);
        gguf.tensor("output_norm.weight", Type.F32, ones, nIn);
        float[] zeros = new float[Math.max(HEAD, nOut) * nIn];
        float[] gate = new float[nOut * nIn];
        for (int r = 0; r < nOut; r++) {
            gate[r * nIn] = GATE;
        }
        for (ControlledCase known : cases) {
            String block = "blk." + known.layer() + ".";
            gguf.tensor(block + "attn_norm.weight", Type.F32, ones, nIn);
            for (String kind : List.of("attn_q", "attn_k", "attn_v")) {
                gguf.tensor(block + kind + ".weight", Type.F16, Arrays.copyOf(zeros, nIn * HEAD), nIn, HEAD);
            }
            gguf.tensor(block + "attn_output.weight", Type.F16, Arrays.copyOf(zeros, nIn * HEAD), HEAD, nIn);
            gguf.tensor(block + "ffn_norm.weight", Type.F32, ones, nIn);
            gguf.tensor(block + "ffn_gate.weight", Type.F16, gate, nIn, nOut);
            gguf.tensor(known.weight() + ".weight", Type.F32, known.w(), nIn, nOut);
            gguf.tensor(block + "ffn_down.weight", Type.F16, Arrays.copyOf(zeros, nIn * nOut), nOut, nIn);
        }
        gguf.write(file);
    }

    private static void tokenizer(GgufFile gguf) {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        int[] types = new int[TOKENS];
        Arrays.fill(types, BYTE);
        Arrays.fill(types, 0, FIRST_TOKEN, CONTROL);
        types[0] = UNKNOWN;
        for (int i = 0; i < TOKENS - FIRST_TOKEN; i++) {
            tokens.add("<0x%02X>".formatted(i));
        }
        gguf.string("tokenizer.ggml.model", "llama");
        gguf.strings("tokenizer.ggml.tokens", tokens);
        gguf.f32s("tokenizer.ggml.scores", new float[TOKENS]);
        gguf.i32s("tokenizer.ggml.token_type", types);
        gguf.u32("tokenizer.ggml.unknown_token_id", 0);
        gguf.u32("tokenizer.ggml.bos_token_id", 1);
        gguf.u32("tokenizer.ggml.eos_token_id", 2);
    }

    /// Component 0 is [#CONSTANT], the others are Gaussian; every vector has mean square 1.
    private float[] embeddings() {
        Random random = new Random(nIn);
        float[] all = new float[TOKENS * nIn];
        for (int token = 0; token < TOKENS; token++) {
            double[] draw = new double[nIn];
            double square = 0;
            for (int c = 1; c < nIn; c++) {
                draw[c] = random.nextGaussian();
                square += draw[c] * draw[c];
            }
            double scale = Math.sqrt((nIn - CONSTANT * CONSTANT) / square);
            all[token * nIn] = CONSTANT;
            for (int c = 1; c < nIn; c++) {
                all[token * nIn + c] = (float) (scale * draw[c]);
            }
        }
        return all;
    }
}
