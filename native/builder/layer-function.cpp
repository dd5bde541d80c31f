#include "layer-function.h"

#include "../codec/weight.h"
#include "exact-math.h"
#include "failure.h"
#include "metrics.h"
#include "threads.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace seeddelta {

namespace {

constexpr double epsilon = 1e-8; // of S and r

double silu(double v) {
    return v / (1.0 + exact_exp(-v));
}

/// The tanh form, ggml's GELU.
double gelu(double v) {
    const double z = 0.79788456080286535587989211986876 * v * (1.0 + 0.044715 * v * v);
    return v * (1.0 - 1.0 / (exact_exp(2.0 * z) + 1.0));
}

/// Architectures of llama.cpp whose feed-forward part is gate and up side by side, then down, and nothing else.
/// `pre_norm`: its input is the normalised residual stream, and its output is added to that stream unscaled.
struct architecture {
    const char * name;
    double (*activation)(double);
    bool pre_norm;
};

constexpr architecture architectures[] = {
    { "llama", silu, true },    { "mistral3", silu, true },  { "qwen2", silu, true },  { "qwen3", silu, true },
    { "smollm3", silu, true },  { "internlm2", silu, true }, { "exaone", silu, true }, { "seed_oss", silu, true },
    { "baichuan", silu, true }, { "xverse", silu, true },    { "olmo2", silu, false }, { "gemma", gelu, true },
    { "gemma2", gelu, false },  { "gemma3", gelu, false },
};

std::string architecture_name(const model & source) {
    const int64_t id = gguf_find_key(source.header(), "general.architecture");
    return id >= 0 && gguf_get_kv_type(source.header(), id) == GGUF_TYPE_STRING ? gguf_get_val_str(source.header(), id)
                                                                                : "";
}

const architecture * find_architecture(const model & source) {
    const std::string name = architecture_name(source);
    for (const auto & a : architectures) {
        if (name == a.name) {
            return &a;
        }
    }
    return nullptr;
}

std::string tensor_of(int layer, const std::string & rest) {
    return "blk." + std::to_string(layer) + "." + rest;
}

constexpr const char * kinds[] = { "ffn_gate", "ffn_up", "ffn_down" };

/// [n_chosen] rows of samples[n_samples][n] as columns.
std::vector<float> as_columns(const std::vector<float> & samples, int64_t n, int64_t n_samples, int64_t n_chosen,
                              int64_t columns) {
    std::vector<float> out(size_t(n * columns), 0.0f);
    for (int64_t s = 0; s < n_chosen; ++s) {
        const float * row = samples.data() + s * n_samples / n_chosen * n;
        for (int64_t c = 0; c < n; ++c) {
            out[size_t(c * columns + s)] = row[c];
        }
    }
    return out;
}

/// How far b is from a, from sums over one sample.
struct deviation {
    likeness sums;
    double err = 0; // ‖a − b‖²

    void add(double a, double b) {
        sums.a_a += a * a;
        sums.b_b += b * b;
        sums.a_b += a * b;
        err += (a - b) * (a - b);
    }
};

void fill(const std::vector<deviation> & samples, sd_stat & s, sd_stat & cos, sd_stat & log_ratio) {
    std::vector<double> distances, cosines, ratios;
    for (const auto & d : samples) {
        const double a = std::sqrt(d.sums.a_a), b = std::sqrt(d.sums.b_b);
        distances.push_back(std::sqrt(d.err) / (a + epsilon));
        cosines.push_back(d.sums.cos());
        ratios.push_back(exact_log((b + epsilon) / (a + epsilon)));
    }
    s = statistics(std::move(distances));
    cos = statistics(std::move(cosines));
    log_ratio = statistics(std::move(ratios));
}

} // namespace

std::string layer_function::why_not(const model & source, int layer, const moments_file & moments) {
    if (find_architecture(source) == nullptr) {
        return "what the feed-forward part of architecture '" + architecture_name(source) + "' computes is not known";
    }
    for (const char * kind : kinds) {
        const int64_t id = source.find(tensor_of(layer, std::string(kind) + ".weight"));
        if (id < 0) {
            return "layer " + std::to_string(layer) + " has no dense " + kind +
                   " (none, fused with another, experts, or stripped)";
        }
        if (!can_dequantize(source.tensors()[size_t(id)].type)) {
            return "ggml cannot dequantise the " + std::string(kind) + " of layer " + std::to_string(layer);
        }
        for (const char * more : { ".bias", ".scale" }) {
            if (source.find(tensor_of(layer, kind + std::string(more))) >= 0) {
                return "layer " + std::to_string(layer) + " has " + kind + more + ", which is not modelled";
            }
        }
    }
    const input_place * place = moments.find(tensor_of(layer, "ffn_gate.weight"));
    if (place == nullptr || place->samples < 0) {
        return "the moments file has no samples of the inputs of layer " + std::to_string(layer);
    }
    if (moments.find(tensor_of(layer, "ffn_up.weight")) != place) {
        return "gate and up of layer " + std::to_string(layer) + " read different inputs";
    }
    return "";
}

int64_t layer_function::columns() const {
    return (n_samples_ + gemm_columns - 1) / gemm_columns * gemm_columns;
}

std::string layer_function::weight_name(const char * kind) const {
    return tensor_of(layer_, kind);
}

layer_function::layer_function(const model & source, int layer, const moments_file & moments, int64_t max_samples,
                               int n_threads) :
    source_(source),
    layer_(layer), gate_(source, tensor_of(layer, "ffn_gate.weight")), up_(source, tensor_of(layer, "ffn_up.weight")),
    down_(source, tensor_of(layer, "ffn_down.weight")), activation_(nullptr) {
    const std::string why = why_not(source, layer, moments);
    if (!why.empty()) {
        fail_input(source.path() + ": " + why);
    }
    if (up_.n_in() != gate_.n_in() || up_.n_out() != gate_.n_out() || down_.n_in() != gate_.n_out() ||
        down_.n_out() != gate_.n_in()) {
        fail_input(source.path() + ": the feed-forward weights of layer " + std::to_string(layer) +
                   " do not fit together");
    }
    const architecture & known = *find_architecture(source);
    activation_ = known.activation;
    const auto data = moments.load_samples(*moments.find(tensor_of(layer, "ffn_gate.weight")));
    if (data->n != gate_.n_in()) {
        fail_input(moments.path() + ": has " + std::to_string(data->n) + " inputs for layer " + std::to_string(layer) +
                   ", the model has " + std::to_string(gate_.n_in()) + "; it was collected on another model");
    }
    n_samples_ = max_samples > 0 ? std::min(max_samples, data->n_samples) : data->n_samples;
    x_ = as_columns(data->samples, data->n, data->n_samples, n_samples_, columns());
    if (!known.pre_norm || source.find(tensor_of(layer, "post_ffw_norm.weight")) >= 0) {
        why_no_block_ = "the output of this layer's feed-forward part is changed before it is added";
    } else if (data->residual.empty()) {
        why_no_block_ = "the moments file has no residual stream; make it again with 'seeddelta imatrix --moments'";
    } else {
        h_ = as_columns(data->residual, data->n, data->n_samples, n_samples_, columns());
    }
    g_ = dense_times(gate_, x_, n_threads);
    u_ = dense_times(up_, x_, n_threads);
    y_ = dense_times(down_, gated(g_, u_, n_threads), n_threads);
}

template <typename R>
layer_function::block layer_function::times(int64_t n_out, int64_t n_in, const R & rows, const block & x,
                                            int n_threads) const {
    const int64_t n = columns();
    block y(size_t(n_out * n));
    parallel_rows(n_out, n_threads, [&](int64_t, int64_t first, int64_t last) {
        std::vector<float> w(size_t((last - first) * n_in));
        rows(first, last, w.data());
        std::vector<float> alone(static_cast<size_t>(n)); // of the second row of a pair that has none
        for (int64_t r = first; r < last; r += 2) {
            const float * row = w.data() + (r - first) * n_in;
            const bool pair = r + 1 < last;
            gemm_pair(row, pair ? row + n_in : row, n_in, x.data(), n, y.data() + r * n,
                      pair ? y.data() + (r + 1) * n : alone.data());
        }
    });
    return y;
}

layer_function::block layer_function::dense_times(const dense_rows & w, const block & x, int n_threads) const {
    return times(
        w.n_out(), w.n_in(), [&](int64_t first, int64_t last, float * out) { w.read(first, last, out); }, x, n_threads);
}

layer_function::block layer_function::payload_times(const stored_payload & p, const dense_rows & w, const char * kind,
                                                    const block & x, int n_threads) const {
    if (p.view.name != weight_name(kind) || p.view.n_out != w.n_out() || p.view.n_in != w.n_in()) {
        fail_usage("the payload of '" + p.view.name + "' does not belong to '" + weight_name(kind) + "'");
    }
    const auto hat = weight::open(p.view);
    return times(
        w.n_out(), w.n_in(),
        [&](int64_t first, int64_t last, float * out) {
            for (int64_t r = first; r < last; ++r) {
                hat->decode_row(r, out + (r - first) * w.n_in());
            }
        },
        x, n_threads);
}

layer_function::block layer_function::gated(const block & g, const block & u, int n_threads) const {
    block m(g.size());
    const int64_t n = columns();
    parallel_rows(int64_t(g.size()) / n, n_threads, [&](int64_t, int64_t first, int64_t last) {
        for (size_t i = size_t(first * n); i < size_t(last * n); ++i) {
            m[i] = float(activation_(double(g[i]))) * u[i];
        }
    });
    return m;
}

sd_layer_metrics layer_function::measure(const stored_payload * gate, const stored_payload * up,
                                         const stored_payload * down, int n_threads, const progress & watch) const {
    source_.file().check_unchanged();
    const block g = gate ? payload_times(*gate, gate_, kinds[0], x_, n_threads) : g_;
    const block u = up ? payload_times(*up, up_, kinds[1], x_, n_threads) : u_;
    watch.add(0);
    const block m = gated(g, u, n_threads);
    const block y = down ? payload_times(*down, down_, kinds[2], m, n_threads) : dense_times(down_, m, n_threads);
    watch.add(0);

    std::vector<deviation> part(static_cast<size_t>(n_samples_)), whole(static_cast<size_t>(n_samples_));
    for (int64_t r = 0; r < down_.n_out(); ++r) {
        for (int64_t s = 0; s < n_samples_; ++s) {
            const size_t at = size_t(r * columns() + s);
            part[size_t(s)].add(double(y_[at]), double(y[at]));
            if (has_block()) {
                const double h = h_[at];
                whole[size_t(s)].add(h + double(y_[at]), h + double(y[at]));
            }
        }
    }
    sd_layer_metrics out{};
    fill(part, out.s_ffn, out.cos_ffn, out.log_norm_ratio_ffn);
    fill(has_block() ? whole : std::vector<deviation>(), out.s_block, out.cos_block, out.log_norm_ratio_block);
    return out;
}

} // namespace seeddelta
