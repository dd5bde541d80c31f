// Metrics of a whole feed-forward part: against the formulas written another way, and what cannot be measured.

#include "collect-fixture.h"
#include "layer-function.h"
#include "metrics.h"
#include "test-weights.h"

#include <cmath>
#include <numeric>

using namespace seeddelta;

namespace {

constexpr int64_t n_embd = 20, n_ff = 33, n_tokens = 40, n_samples = 24;
const progress silent(nullptr);

using extra_tensors = shapes;

/// Gate, up and down of one layer, as they are in the file.
struct layer_weights {
    dense_weight gate = make_weight(n_ff, n_embd, 1, "blk.0.ffn_gate");
    dense_weight up = make_weight(n_ff, n_embd, 2, "blk.0.ffn_up");
    dense_weight down = make_weight(n_embd, n_ff, 3, "blk.0.ffn_down");
};

std::string write_layer(temp_folder & folder, const std::string & name, const std::string & architecture,
                        const layer_weights & w, const extra_tensors & more = {}) {
    gguf_out file;
    file.set_string("general.architecture", architecture);
    for (const dense_weight * m : { &w.gate, &w.up, &w.down }) {
        file.add_f32(m->name() + ".weight", { m->n_in(), m->n_out() },
                     [m](float * out) { std::copy_n(m->row(0), m->n_in() * m->n_out(), out); });
    }
    for (const auto & [tensor, ne] : more) {
        file.add_f32(tensor, ne, [n = ne[0]](float * out) { std::fill(out, out + n, 1.0f); });
    }
    const std::string path = folder.file(name);
    file.write(path);
    return path;
}

class LayerFunction : public ::testing::Test {
  protected:
    LayerFunction() : source(write_layer(folder, "model.gguf", "llama", w)), moments(collect("m.gguf", "ffn_inp-0")) {}

    /// One evaluation in which the input of the layer is its residual stream `h`, multiplied by something.
    std::string collect(const std::string & name, const std::string & stream, int64_t samples = n_samples) {
        collector c(source, all_options(samples));
        evaluation e;
        h = e.input({ n_embd, n_tokens }, 1);
        ggml_set_name(h, stream.c_str());
        ggml_tensor * x = ggml_mul(e.ctx(), ggml_rms_norm(e.ctx(), h, 1e-5f), e.input({ n_embd }, 5));
        std::memcpy(x->data, e.input({ n_embd, n_tokens }, 6)->data, ggml_nbytes(x));
        show_ffn(c, e, 0, x, e.input({ n_ff, n_tokens }, 2));
        EXPECT_FALSE(c.problem()) << c.problem()->what();
        sd_provenance p = {};
        const std::string path = folder.file(name);
        c.save_moments(path, p);
        return path;
    }

    layer_weights w;
    temp_folder folder;
    model source;
    ggml_tensor * h = nullptr; // only while collecting
    moments_file moments;
};

std::vector<double> times(const std::vector<float> & m, int64_t n_out, int64_t n_in, const std::vector<double> & x) {
    std::vector<double> y(static_cast<size_t>(n_out));
    for (int64_t r = 0; r < n_out; ++r) {
        for (int64_t c = 0; c < n_in; ++c) {
            y[size_t(r)] += double(m[size_t(r * n_in + c)]) * x[size_t(c)];
        }
    }
    return y;
}

std::vector<float> values(const dense_weight & w) {
    return { w.row(0), w.row(0) + w.n_in() * w.n_out() };
}

/// The three weights as a reader of the formula would write them down.
struct plain_layer {
    std::vector<float> gate, up, down;

    std::vector<double> run(const float * x, bool gelu) const {
        const std::vector<double> in(x, x + n_embd);
        auto g = times(gate, n_ff, n_embd, in);
        const auto u = times(up, n_ff, n_embd, in);
        for (size_t i = 0; i < g.size(); ++i) {
            const double v = g[i];
            const double f = gelu ? 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)))
                                  : v / (1 + std::exp(-v));
            g[i] = f * u[i];
        }
        return times(down, n_embd, n_ff, g);
    }
};

double norm(const std::vector<double> & v) {
    return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

struct expected_stats {
    std::vector<double> s, cos, log_ratio;

    void add(const std::vector<double> & y, const std::vector<double> & y_hat) {
        std::vector<double> d(y.size());
        for (size_t i = 0; i < y.size(); ++i) {
            d[i] = y[i] - y_hat[i];
        }
        s.push_back(norm(d) / (norm(y) + 1e-8));
        cos.push_back(std::inner_product(y.begin(), y.end(), y_hat.begin(), 0.0) / (norm(y) * norm(y_hat)));
        log_ratio.push_back(std::log((norm(y_hat) + 1e-8) / (norm(y) + 1e-8)));
    }
};

void expect_stat(const sd_stat & got, const std::vector<double> & samples) {
    const sd_stat want = statistics(samples);
    EXPECT_NEAR(got.mean, want.mean, 1e-5);
    EXPECT_NEAR(got.p05, want.p05, 1e-5);
    EXPECT_NEAR(got.p95, want.p95, 1e-5);
}

} // namespace

TEST_F(LayerFunction, MetricsAreTheFormulas) {
    const auto gate = encode_with(w.gate, make_params("coo", 8));
    const auto up = encode_with(w.up, make_params("coo", 10));
    const auto down = encode_with(w.down, make_params("coo", 12));
    const auto data = moments.load_samples(*moments.find("blk.0.ffn_gate.weight"));
    ASSERT_EQ(data->n_samples, n_samples);
    ASSERT_EQ(data->residual.size(), data->samples.size());
    for (const std::string architecture : { "llama", "gemma" }) {
        const model m(write_layer(folder, architecture, architecture, w));
        const layer_function f(m, 0, moments, 0, 2);
        const plain_layer dense = { values(w.gate), values(w.up), values(w.down) };
        for (int replaced = 1; replaced < 8; ++replaced) {
            plain_layer hat = dense;
            hat.gate = replaced & 1 ? decode_all(*gate) : hat.gate;
            hat.up = replaced & 2 ? decode_all(*up) : hat.up;
            hat.down = replaced & 4 ? decode_all(*down) : hat.down;
            expected_stats part, block;
            for (int64_t s = 0; s < n_samples; ++s) {
                auto y = dense.run(data->samples.data() + s * n_embd, architecture == "gemma");
                auto y_hat = hat.run(data->samples.data() + s * n_embd, architecture == "gemma");
                part.add(y, y_hat);
                for (int64_t i = 0; i < n_embd; ++i) {
                    y[size_t(i)] += double(data->residual[size_t(s * n_embd + i)]);
                    y_hat[size_t(i)] += double(data->residual[size_t(s * n_embd + i)]);
                }
                block.add(y, y_hat);
            }
            const auto got = f.measure(replaced & 1 ? gate.get() : nullptr, replaced & 2 ? up.get() : nullptr,
                                       replaced & 4 ? down.get() : nullptr, 2, silent);
            EXPECT_GT(got.s_ffn.mean, 0.05);
            EXPECT_LT(got.s_block.mean, got.s_ffn.mean); // the stream hides a part of the error
            expect_stat(got.s_ffn, part.s);
            expect_stat(got.cos_ffn, part.cos);
            expect_stat(got.log_norm_ratio_ffn, part.log_ratio);
            expect_stat(got.s_block, block.s);
            expect_stat(got.cos_block, block.cos);
            expect_stat(got.log_norm_ratio_block, block.log_ratio);
        }
    }
}

TEST_F(LayerFunction, NothingReplacedChangesNothing) {
    const layer_function f(source, 0, moments, 0, 1);
    const auto m = f.measure(nullptr, nullptr, nullptr, 1, silent);
    EXPECT_EQ(m.s_ffn.p95, 0.0);
    EXPECT_EQ(m.log_norm_ratio_block.p95, 0.0);
    EXPECT_NEAR(m.cos_block.p05, 1.0, 1e-15);
}

TEST_F(LayerFunction, BitsDoNotDependOnThreads) {
    const auto up = encode_with(w.up, make_params("coo", 5));
    sd_layer_metrics first{};
    for (const int threads : { 1, 2, 4 }) {
        const layer_function f(source, 0, moments, 20, threads);
        EXPECT_EQ(f.n_samples(), 20);
        const auto m = f.measure(nullptr, up.get(), nullptr, threads, silent);
        if (threads == 1) {
            first = m;
        }
        EXPECT_EQ(std::memcmp(&m, &first, sizeof m), 0) << threads;
    }
}

/// The samples of the file are vectors of the evaluation, and the residual rows are those of the same positions.
TEST_F(LayerFunction, ResidualRowsBelongToTheSamples) {
    collector c(source, all_options(n_samples));
    evaluation e;
    auto * stream = e.input({ n_embd, n_tokens }, 1);
    ggml_set_name(stream, "CPU#ffn_inp-0#0"); // as a scheduler's copy is named
    auto * x = ggml_rms_norm(e.ctx(), stream, 1e-5f);
    for (int64_t i = 0; i < ggml_nelements(x); ++i) {
        static_cast<float *>(x->data)[i] = -static_cast<float *>(stream->data)[i];
    }
    show_ffn(c, e, 0, x, e.input({ n_ff, n_tokens }, 2));
    const auto & in = *c.inputs().at("blk.0.ffn_in");
    ASSERT_NE(in.residuals, nullptr);
    ASSERT_EQ(in.residuals->size(), n_samples);
    for (int64_t i = 0; i < n_samples * n_embd; ++i) {
        ASSERT_EQ(in.residuals->data()[i], -in.samples->data()[i]);
    }
    EXPECT_EQ(c.inputs().at("blk.0.ffn_mid")->residuals, nullptr);
}

TEST_F(LayerFunction, WithoutAStreamThereIsNoBlock) {
    const moments_file other(collect("other.gguf", "some_tensor"));
    const layer_function f(source, 0, other, 0, 1);
    EXPECT_FALSE(f.has_block());
    EXPECT_NE(f.why_no_block().find("no residual stream"), std::string::npos);
    const auto m = f.measure(encode_with(w.gate, make_params("coo", 3)).get(), nullptr, nullptr, 1, silent);
    EXPECT_GT(m.s_ffn.mean, 0.0);
    EXPECT_TRUE(std::isnan(m.s_block.mean));

    const model normed(write_layer(folder, "normed", "gemma3", w, { { "blk.0.post_ffw_norm.weight", { n_embd } } }));
    const layer_function g(normed, 0, moments, 0, 1);
    EXPECT_FALSE(g.has_block());
    EXPECT_NE(g.why_no_block().find("before it is added"), std::string::npos);
}

TEST_F(LayerFunction, WhatCannotBeMeasuredIsSaid) {
    const auto why = [&](const std::string & name, const std::string & architecture, const extra_tensors & more) {
        return layer_function::why_not(model(write_layer(folder, name, architecture, w, more)), 0, moments);
    };
    EXPECT_EQ(why("fine", "qwen3", {}), "");
    EXPECT_NE(why("arch", "granite", {}).find("architecture 'granite'"), std::string::npos);
    EXPECT_NE(why("bias", "llama", { { "blk.0.ffn_down.bias", { n_embd } } }).find("ffn_down.bias"), std::string::npos);
    EXPECT_NE(layer_function::why_not(source, 1, moments).find("no dense ffn_gate"), std::string::npos);
    EXPECT_NE(failure_of([&] { layer_function(source, 1, moments, 0, 1); }), "");
    auto options = all_options(0);
    collector c(source, options);
    evaluation e;
    show_ffn(c, e, 0, e.input({ n_embd, n_tokens }, 1), e.input({ n_ff, n_tokens }, 2));
    c.save_moments(folder.file("none"), {});
    EXPECT_NE(layer_function::why_not(source, 0, moments_file(folder.file("none"))).find("no samples"),
              std::string::npos);
    const layer_function f(source, 0, moments, 0, 1);
    const auto up = encode_with(w.up, make_params("coo", 3));
    EXPECT_NE(failure_of([&] { f.measure(up.get(), nullptr, nullptr, 1, silent); }, SD_E_USAGE).find("does not belong"),
              std::string::npos);
}
