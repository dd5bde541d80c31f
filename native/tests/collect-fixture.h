#pragma once

// A tiny model file, and evaluations of it made of ggml tensors without a backend: the collector only looks at nodes.

#include "collector.h"
#include "gguf-out.h"
#include "test-files.h"

#include <seeddelta/collect.h>

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace seeddelta {

using shapes = std::vector<std::pair<std::string, std::vector<int64_t>>>;

/// Writes a GGUF file with zero weights of these shapes.
inline std::string write_model(temp_folder & folder, const std::string & name, const shapes & tensors) {
    gguf_out file;
    file.set_string("general.name", "tiny");
    for (const auto & [tensor, ne] : tensors) {
        int64_t n = 1;
        for (const int64_t e : ne) {
            n *= e;
        }
        file.add_f32(tensor, ne, [n](float * out) { std::fill(out, out + n, 0.0f); });
    }
    const std::string path = folder.file(name);
    file.write(path);
    return path;
}

/// `layers` layers of gate, up [n_embd, n_ff] and down [n_ff, n_embd].
inline shapes ffn_shapes(int layers, int64_t n_embd, int64_t n_ff) {
    shapes out;
    for (int l = 0; l < layers; ++l) {
        const std::string block = "blk." + std::to_string(l) + ".";
        out.push_back({ block + "ffn_gate.weight", { n_embd, n_ff } });
        out.push_back({ block + "ffn_up.weight", { n_embd, n_ff } });
        out.push_back({ block + "ffn_down.weight", { n_ff, n_embd } });
    }
    return out;
}

/// Tensors of one evaluation.
class evaluation {
  public:
    evaluation() : ctx_(ggml_init({ size_t(64) << 20, nullptr, false })) {}
    ~evaluation() { ggml_free(ctx_); }
    evaluation(const evaluation &) = delete;
    evaluation & operator=(const evaluation &) = delete;

    ggml_context * ctx() { return ctx_; }

    /// f32 values from N(0, 1), mixed so that neighbours correlate.
    ggml_tensor * input(std::vector<int64_t> ne, unsigned seed) {
        ggml_tensor * t = ggml_new_tensor(ctx_, GGML_TYPE_F32, int(ne.size()), ne.data());
        std::mt19937 random(seed);
        std::normal_distribution<float> normal;
        float last = 0.0f;
        auto * data = static_cast<float *>(t->data);
        for (int64_t i = 0; i < ggml_nelements(t); ++i) {
            last = 0.5f * last + normal(random);
            data[i] = last;
        }
        return t;
    }

    ggml_tensor * weight(const std::string & name, std::vector<int64_t> ne) {
        ggml_tensor * t = ggml_new_tensor(ctx_, GGML_TYPE_F32, int(ne.size()), ne.data());
        ggml_set_name(t, name.c_str());
        return t;
    }

    ggml_tensor * mul_mat(const std::string & name, ggml_tensor * x, int64_t n_out) {
        return ggml_mul_mat(ctx_, weight(name, { x->ne[0], n_out }), x);
    }

  private:
    ggml_context * ctx_;
};

/// What the scheduler does with one node. Returns whether the collector wanted its data.
inline bool show(collector & c, const ggml_tensor * node) {
    const bool need = c.on_node(node, true);
    if (need) {
        c.on_node(node, false);
    }
    return need;
}

/// One feed-forward layer; x1 is read by gate and up, x2 by down.
inline void show_ffn(collector & c, evaluation & e, int layer, ggml_tensor * x1, ggml_tensor * x2) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    show(c, e.mul_mat(block + "ffn_gate.weight", x1, x2->ne[0]));
    show(c, e.mul_mat(block + "ffn_up.weight", x1, x2->ne[0]));
    show(c, e.mul_mat(block + "ffn_down.weight", x2, x1->ne[0]));
}

inline collect_options all_options(int64_t n_samples = 4) {
    collect_options o;
    o.imatrix = true;
    o.moments = true;
    o.n_samples = n_samples;
    o.chunk_size = 32;
    o.n_threads = 1;
    o.seed = 7;
    o.kinds = { "ffn_gate", "ffn_up", "ffn_down" };
    return o;
}

/// The message of the failure that `body` throws, with its status; empty when it throws none.
template <typename F>
std::string failure_of(F && body, sd_status expected = SD_E_INPUT) {
    try {
        body();
    } catch (const failure & e) {
        EXPECT_EQ(e.status, expected) << e.what();
        return e.what();
    }
    return "";
}

} // namespace seeddelta
