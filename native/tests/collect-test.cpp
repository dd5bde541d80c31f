// What the collector sums, against sums in double made here; and when it must not sum.

#include "collect-fixture.h"

#include "../op/kernels.h"

#include <cmath>

using namespace seeddelta;

namespace {

std::vector<syrk_kernel> runnable_kernels() {
    int n_sets = 0, n_kernels = 0;
    const auto sets = all_kernel_sets(&n_sets);
    const auto kernels = all_syrk_kernels(&n_kernels);
    std::vector<syrk_kernel> out;
    for (int i = 0; i < n_kernels; ++i) {
        for (int s = 0; s < n_sets; ++s) {
            if (std::strcmp(sets[s]->name, kernels[i].name) == 0 && sets[s]->supported()) {
                out.push_back(kernels[i]);
            }
        }
    }
    return out;
}

std::vector<const float *> rows_of(const ggml_tensor * x) {
    std::vector<char> unused;
    return activations(x, unused).rows();
}

std::vector<float> mean_of(const std::vector<const float *> & rows, int64_t n, const syrk_kernel & kernel,
                           int n_threads, const std::vector<int64_t> & calls) {
    second_moment m(n);
    std::vector<float> scratch;
    int64_t at = 0;
    for (const int64_t size : calls) {
        m.add(rows.data() + at, size, kernel, n_threads, scratch);
        at += size;
    }
    m.add(rows.data() + at, int64_t(rows.size()) - at, kernel, n_threads, scratch);
    EXPECT_EQ(m.count(), int64_t(rows.size()));
    std::vector<float> out(size_t(packed_size(n)));
    m.mean(kernel, n_threads, out.data());
    return out;
}

TEST(Syrk, EqualsSumsInDouble) {
    for (const int64_t n : { 1, 5, 63, 64, 65, 130 }) {
        for (const int64_t n_rows : { 1, 63, 64, 65, 600 }) {
            evaluation e;
            const auto rows = rows_of(e.input({ n, n_rows }, unsigned(n * 1000 + n_rows)));
            const auto mean = mean_of(rows, n, runnable_kernels().front(), 1, {});
            for (int64_t i = 0; i < n; ++i) {
                for (int64_t j = i; j < n; ++j) {
                    double sum = 0, size = 0;
                    for (const float * x : rows) {
                        sum += double(x[i]) * x[j];
                        size += std::fabs(double(x[i]) * x[j]);
                    }
                    // f32 chains of at most 64 products, then f64
                    const double tolerance = 64 * 6e-8 * size / double(n_rows) + 1e-30;
                    ASSERT_NEAR(mean[size_t(packed_index(n, i, j))], sum / double(n_rows), tolerance)
                        << "n " << n << " rows " << n_rows << " at " << i << "," << j;
                }
            }
        }
    }
}

TEST(Syrk, BitsDoNotDependOnKernelThreadsOrCalls) {
    const auto kernels = runnable_kernels();
    ASSERT_GE(kernels.size(), 1u);
    for (const int64_t n : { 7, 64, 200 }) {
        evaluation e;
        const auto rows = rows_of(e.input({ n, 700 }, unsigned(n)));
        const auto expected = mean_of(rows, n, kernels.front(), 1, {});
        for (const auto & kernel : kernels) {
            for (const int threads : { 1, 2, 4 }) {
                EXPECT_EQ(expected, mean_of(rows, n, kernel, threads, {})) << kernel.name << " " << threads;
            }
            EXPECT_EQ(expected, mean_of(rows, n, kernel, 2, { 1, 62, 1, 64, 100, 3, 0, 17 })) << kernel.name;
        }
    }
}

TEST(Syrk, MeanLeavesTheStreamAsItWas) {
    evaluation e;
    const auto rows = rows_of(e.input({ 9, 100 }, 1));
    const auto & kernel = active_syrk_kernel();
    std::vector<float> scratch, early(size_t(packed_size(9))), late = early;
    second_moment m(9);
    m.add(rows.data(), 70, kernel, 1, scratch);
    m.mean(kernel, 1, early.data());
    m.add(rows.data() + 70, 30, kernel, 1, scratch);
    m.mean(kernel, 1, late.data());
    EXPECT_EQ(late, mean_of(rows, 9, kernel, 1, {}));
    EXPECT_NE(early, late);
}

TEST(PackedIndex, WalksTheUpperTriangleInOrder) {
    int64_t expected = 0;
    for (int64_t i = 0; i < 11; ++i) {
        for (int64_t j = i; j < 11; ++j) {
            EXPECT_EQ(packed_index(11, i, j), expected++);
        }
    }
    EXPECT_EQ(packed_size(11), expected);
}

class Collect : public ::testing::Test {
  protected:
    static constexpr int64_t n_embd = 70, n_ff = 96, n_tokens = 40;

    Collect() : source(write_model(folder, "model.gguf", ffn_shapes(2, n_embd, n_ff))) {}

    temp_folder folder;
    model source;
};

TEST_F(Collect, SumsSquaresInTheOrderOfTheRows) {
    collector c(source, all_options());
    evaluation e;
    auto * x1 = e.input({ n_embd, n_tokens }, 1);
    auto * x2 = e.input({ n_ff, n_tokens }, 2);
    show_ffn(c, e, 0, x1, x2);
    show_ffn(c, e, 0, x1, x2);
    ASSERT_FALSE(c.problem()) << c.problem()->what();

    ASSERT_EQ(c.imatrix().entries().size(), 3u);
    for (const auto & [name, entry] : c.imatrix().entries()) {
        const auto * x = name == "blk.0.ffn_down.weight" ? x2 : x1;
        const auto rows = rows_of(x);
        ASSERT_EQ(entry.sums.size(), size_t(x->ne[0])) << name;
        EXPECT_EQ(entry.counts, std::vector<int64_t>{ 2 * n_tokens }) << name;
        for (size_t j = 0; j < entry.sums.size(); ++j) {
            float chain = 0.0f;
            double exact = 0.0;
            for (int repeat = 0; repeat < 2; ++repeat) {
                for (const float * row : rows) {
                    const float square = row[j] * row[j];
                    chain = chain + square;
                    exact += double(row[j]) * row[j];
                }
            }
            EXPECT_EQ(entry.sums[j], chain) << name << " " << j;
            EXPECT_NEAR(entry.sums[j], exact, 1e-5 * exact) << name << " " << j;
        }
    }
    EXPECT_EQ(c.imatrix().chunk_count(32), 2u); // 80 tokens
}

TEST_F(Collect, GateAndUpAreOneInputCountedOnce) {
    for (const bool imatrix : { true, false }) {
        auto options = all_options();
        options.imatrix = imatrix;
        collector c(source, options);
        evaluation e;
        auto * x1 = e.input({ n_embd, n_tokens }, 1);
        auto * gate = e.mul_mat("blk.0.ffn_gate.weight", x1, n_ff);
        auto * up = e.mul_mat("blk.0.ffn_up.weight", x1, n_ff);
        EXPECT_TRUE(show(c, gate));
        EXPECT_EQ(show(c, up), imatrix) << "without an imatrix the second reader has nothing new to tell";
        ASSERT_EQ(c.inputs().size(), 1u);
        const input_stats & in = *c.inputs().at("blk.0.ffn_in");
        EXPECT_EQ(in.count, n_tokens);
        EXPECT_EQ(in.moment->count(), n_tokens);
        EXPECT_EQ(in.weights, (std::vector<std::string>{ "blk.0.ffn_gate.weight", "blk.0.ffn_up.weight" }));
    }
}

TEST_F(Collect, AWeightThatReadsAnotherTensorGetsItsOwnInput) {
    collector c(source, all_options());
    evaluation e;
    auto * x1 = e.input({ n_embd, n_tokens }, 1);
    auto * x3 = e.input({ n_embd, n_tokens }, 3);
    show(c, e.mul_mat("blk.0.ffn_gate.weight", x1, n_ff));
    show(c, e.mul_mat("blk.0.ffn_up.weight", x3, n_ff));
    ASSERT_FALSE(c.problem());
    ASSERT_EQ(c.inputs().size(), 2u);
    EXPECT_EQ(c.inputs().at("blk.0.ffn_in")->weights.front(), "blk.0.ffn_gate.weight");
    EXPECT_EQ(c.inputs().at("blk.0.ffn_up_in")->weights.front(), "blk.0.ffn_up.weight");

    // ... and may not join later
    show(c, e.mul_mat("blk.1.ffn_gate.weight", x1, n_ff));
    show(c, e.mul_mat("blk.1.ffn_up.weight", x1, n_ff));
    EXPECT_FALSE(c.problem());
    show(c, e.mul_mat("blk.1.ffn_up.weight", x3, n_ff));
    ASSERT_TRUE(c.problem());
    EXPECT_NE(std::string(c.problem()->what()).find("blk.1.ffn_up.weight"), std::string::npos);
}

TEST_F(Collect, ReadsRowsWithGapsAndFlattensFurtherDimensions) {
    auto options = all_options();
    collector c(source, options), flat(source, options);
    evaluation e;
    auto * wide = e.input({ 2 * n_embd, 20, 3 }, 5);
    auto * view = ggml_view_3d(e.ctx(), wide, n_embd, 20, 3, wide->nb[1], wide->nb[2], n_embd * sizeof(float));
    auto * copy = e.input({ n_embd, 60 }, 6);
    for (int64_t r = 0; r < 60; ++r) {
        std::memcpy(static_cast<float *>(copy->data) + r * n_embd,
                    static_cast<const float *>(wide->data) + (2 * r + 1) * n_embd, n_embd * sizeof(float));
    }
    show(c, e.mul_mat("blk.0.ffn_gate.weight", view, n_ff));
    show(flat, e.mul_mat("blk.0.ffn_gate.weight", copy, n_ff));
    ASSERT_FALSE(c.problem()) << c.problem()->what();
    EXPECT_EQ(c.imatrix().entries().at("blk.0.ffn_gate.weight").sums,
              flat.imatrix().entries().at("blk.0.ffn_gate.weight").sums);
    EXPECT_EQ(c.imatrix().entries().at("blk.0.ffn_gate.weight").counts[0], 60);
    const auto & a = *c.inputs().at("blk.0.ffn_in");
    const auto & b = *flat.inputs().at("blk.0.ffn_in");
    std::vector<float> ma(size_t(packed_size(n_embd))), mb = ma;
    a.moment->mean(c.kernel(), 1, ma.data());
    b.moment->mean(c.kernel(), 1, mb.data());
    EXPECT_EQ(ma, mb);
}

TEST_F(Collect, CountsEachExpertByItself) {
    collector c(source, all_options());
    evaluation e;
    constexpr int64_t n_experts = 5, n_used = 2, n_in = 8, tokens = 3;
    auto * w = e.weight("blk.0.ffn_up_exps.weight", { n_in, 4, n_experts });
    auto * x = e.input({ n_in, 1, tokens }, 9);
    auto * ids = ggml_new_tensor_2d(e.ctx(), GGML_TYPE_I32, n_used, tokens);
    const int32_t routing[tokens][n_used] = { { 4, 0 }, { 0, 2 }, { 4, 2 } };
    std::memcpy(ids->data, routing, sizeof routing);
    EXPECT_TRUE(show(c, ggml_mul_mat_id(e.ctx(), w, x, ids)));
    ASSERT_FALSE(c.problem()) << c.problem()->what();

    const auto & entry = c.imatrix().entries().at("blk.0.ffn_up_exps.weight");
    EXPECT_EQ(entry.counts, (std::vector<int64_t>{ 2, 0, 2, 0, 2 }));
    const auto rows = rows_of(x);
    for (int64_t expert = 0; expert < n_experts; ++expert) {
        for (int64_t j = 0; j < n_in; ++j) {
            double sum = 0;
            for (int64_t t = 0; t < tokens; ++t) {
                for (int64_t k = 0; k < n_used; ++k) {
                    sum += routing[t][k] == expert ? double(rows[size_t(t)][j]) * rows[size_t(t)][j] : 0.0;
                }
            }
            EXPECT_NEAR(entry.sums[size_t(expert * n_in + j)], sum, 1e-5 * (sum + 1e-9));
        }
    }
    EXPECT_NE(c.summary_json().find("\"partial\":[\"blk.0.ffn_up_exps.weight\"]"), std::string::npos)
        << c.summary_json();

    static_cast<int32_t *>(ids->data)[0] = n_experts;
    show(c, ggml_mul_mat_id(e.ctx(), w, x, ids));
    ASSERT_TRUE(c.problem());
    EXPECT_NE(std::string(c.problem()->what()).find("expert 5 of 5"), std::string::npos) << c.problem()->what();
}

TEST_F(Collect, AsksForWhatLlamaImatrixAsksFor) {
    collector c(source, all_options());
    auto with_output = all_options();
    with_output.process_output = true;
    collector o(source, with_output);
    evaluation e;
    auto * x = e.input({ n_embd, 16 }, 1);
    auto * few = e.input({ n_embd, 15 }, 1);
    EXPECT_TRUE(c.on_node(e.mul_mat("blk.1.attn_q.weight", x, 4), true));
    EXPECT_TRUE(c.on_node(e.mul_mat("CPU#blk.1.attn_q.weight#0", x, 4), true));
    EXPECT_FALSE(c.on_node(e.mul_mat("blk.1.attn_q.weight", few, 4), true));
    EXPECT_FALSE(c.on_node(e.mul_mat("output.weight", x, 4), true));
    EXPECT_TRUE(o.on_node(e.mul_mat("output.weight", x, 4), true));
    EXPECT_FALSE(o.on_node(e.mul_mat("token_embd.weight", x, 4), true));
    EXPECT_FALSE(c.on_node(ggml_add(e.ctx(), x, x), true));

    show(c, e.mul_mat("CPU#blk.1.attn_q.weight#0", x, 4));
    EXPECT_EQ(c.imatrix().entries().count("blk.1.attn_q.weight"), 1u);
}

TEST_F(Collect, OnlyTheLayersAskedFor) {
    auto options = all_options();
    options.imatrix = false;
    options.first_layer = options.last_layer = 1;
    collector c(source, options);
    evaluation e;
    auto * x1 = e.input({ n_embd, n_tokens }, 1);
    auto * x2 = e.input({ n_ff, n_tokens }, 2);
    show_ffn(c, e, 0, x1, x2);
    EXPECT_TRUE(c.inputs().empty());
    EXPECT_NE(c.summary_json().find("\"unseen\":[\"blk.1.ffn_down.weight\",\"blk.1.ffn_gate.weight\""),
              std::string::npos)
        << c.summary_json();
    show_ffn(c, e, 1, x1, x2);
    EXPECT_EQ(c.inputs().size(), 2u);
    EXPECT_NE(c.summary_json().find("\"unseen\":[]"), std::string::npos);
}

TEST_F(Collect, StopsAtActivationsThatAreNotFinite) {
    for (const float bad : { std::nanf(""), INFINITY, -INFINITY }) {
        for (const bool imatrix : { true, false }) {
            auto options = all_options();
            options.imatrix = imatrix;
            collector c(source, options);
            evaluation e;
            auto * x = e.input({ n_embd, n_tokens }, 1);
            auto * gate = e.mul_mat("blk.0.ffn_gate.weight", x, n_ff);
            show(c, gate);
            ASSERT_FALSE(c.problem());
            static_cast<float *>(x->data)[3 * n_embd + 69] = bad;
            ASSERT_TRUE(c.on_node(gate, true));
            EXPECT_FALSE(c.on_node(gate, false)) << "the evaluation has to stop";
            ASSERT_TRUE(c.problem());
            EXPECT_EQ(c.problem()->status, SD_E_INPUT);
            EXPECT_FALSE(c.on_node(gate, true)) << "and nothing is asked for any more";
            const std::string path = folder.path() + "/never";
            EXPECT_NE(failure_of([&] { c.save_moments(path, sd_provenance{}); }).find("not finite"), std::string::npos);
            EXPECT_FALSE(file_exists(path));
        }
    }
}

TEST_F(Collect, RefusesAnotherModelsShapes) {
    collector c(source, all_options());
    evaluation e;
    show(c, e.mul_mat("blk.0.ffn_gate.weight", e.input({ n_embd, n_tokens }, 1), n_ff));
    ASSERT_FALSE(c.problem());
    show(c, e.mul_mat("blk.0.ffn_gate.weight", e.input({ n_embd + 1, n_tokens }, 1), n_ff));
    ASSERT_TRUE(c.problem());
}

TEST_F(Collect, KeepsTheSameTokensForEveryInput) {
    constexpr int64_t n = 8, tokens = 64;
    const auto narrow = write_model(folder, "narrow.gguf", ffn_shapes(1, n, n));
    collector c(model(narrow), all_options(5));
    evaluation e;
    auto * x1 = e.input({ n, tokens }, 1);
    auto * x2 = e.input({ n, tokens }, 2);
    for (int64_t t = 0; t < tokens; ++t) {
        static_cast<float *>(x1->data)[t * n] = static_cast<float *>(x2->data)[t * n] = float(t);
    }
    show_ffn(c, e, 0, x1, x2);
    const auto & a = *c.inputs().at("blk.0.ffn_in")->samples;
    const auto & b = *c.inputs().at("blk.0.ffn_mid")->samples;
    ASSERT_EQ(a.size(), 5);
    bool any_late = false;
    for (int64_t s = 0; s < 5; ++s) {
        const int64_t token = int64_t(a.data()[s * n]);
        EXPECT_EQ(a.data()[s * n], b.data()[s * n]);
        EXPECT_EQ(0, std::memcmp(a.data() + s * n, rows_of(x1)[size_t(token)], n * sizeof(float)));
        EXPECT_EQ(0, std::memcmp(b.data() + s * n, rows_of(x2)[size_t(token)], n * sizeof(float)));
        any_late = any_late || token >= 5;
    }
    EXPECT_TRUE(any_late);
}

TEST(Reservoir, KeepsEveryPositionEquallyOften) {
    constexpr int64_t capacity = 4, length = 40, trials = 4000;
    std::vector<int> kept(length);
    for (int64_t seed = 0; seed < trials; ++seed) {
        reservoir r(1, capacity, uint64_t(seed));
        for (int64_t i = 0; i < length; ++i) {
            const float x = float(i);
            r.add(&x);
        }
        for (int64_t s = 0; s < capacity; ++s) {
            ++kept[size_t(r.data()[s])];
        }
    }
    // binomial(4000, 0.1): mean 400, standard deviation 19
    for (int64_t i = 0; i < length; ++i) {
        EXPECT_NEAR(kept[size_t(i)], 400, 5 * 19) << "position " << i;
    }
    reservoir short_stream(1, capacity, 1);
    const float x = 3.0f;
    short_stream.add(&x);
    EXPECT_EQ(short_stream.size(), 1);
}

} // namespace
