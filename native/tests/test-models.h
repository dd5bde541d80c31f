#pragma once

#include "test-files.h"
#include "test-weights.h"
#include "tiny-gguf.h"

#include "../builder/model.h"
#include "../builder/writer.h"

/// A small dense model: metadata of several types, a norm, and three weights of one block in three storage types.
struct tiny_model {
    static constexpr int64_t n_embd = 100, n_ff = 64;

    seeddelta::dense_weight gate = make_weight(n_ff, n_embd, 21, "blk.0.ffn_gate");
    seeddelta::dense_weight up = make_weight(n_ff, n_embd, 22, "blk.0.ffn_up");
    seeddelta::dense_weight down = make_weight(n_embd, n_ff, 23, "blk.0.ffn_down");

    static std::vector<float> all(const seeddelta::dense_weight & w) {
        return std::vector<float>(w.row(0), w.row(0) + w.n_out() * w.n_in());
    }

    std::string bytes() const {
        tiny_gguf g;
        g.string_key("general.architecture", "llama");
        g.key("general.alignment", tiny_gguf::u32, tiny_gguf::raw(uint32_t(32)));
        g.key("llama.block_count", tiny_gguf::u32, tiny_gguf::raw(uint32_t(1)));
        g.key("tokenizer.ggml.tokens", tiny_gguf::array,
              tiny_gguf::raw(tiny_gguf::string) + tiny_gguf::raw(uint64_t(2)) + tiny_gguf::text("a\xc3\xb1") +
                  tiny_gguf::text(""));
        g.key("some.bools", tiny_gguf::array,
              tiny_gguf::raw(tiny_gguf::boolean) + tiny_gguf::raw(uint64_t(2)) + std::string("\1\0", 2));
        g.key("some.nothing", tiny_gguf::array, tiny_gguf::raw(tiny_gguf::f32) + tiny_gguf::raw(uint64_t(0)));
        g.f32_tensor("blk.0.ffn_norm.weight", { n_embd }, std::vector<float>(size_t(n_embd), 1.5f));
        g.f32_tensor("blk.0.ffn_gate.weight", { n_embd, n_ff }, all(gate));
        g.f32_tensor("blk.0.ffn_up.weight", { n_embd, n_ff }, all(up));
        g.f32_tensor("blk.0.ffn_down.weight", { n_ff, n_embd }, all(down));
        g.f32_tensor("output_norm.weight", { 7 }, { 1, 2, 3, 4, 5, 6, 7 });
        return g.bytes();
    }
};
