#include "../builder/exact-math.h"
#include "../include/seeddelta/seeddelta.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace {

constexpr int32_t n_vocab = 1000;
constexpr int64_t n_rows  = 9;

struct compared {
    std::vector<double>  kld, p_base, p_model;
    std::vector<uint8_t> same;
    int32_t              status;
};

std::vector<float> random_logits(const char * name, double scale) {
    std::vector<float> logits(size_t(n_vocab * n_rows));
    for (size_t i = 0; i < logits.size(); ++i) {
        logits[i] = float(seeddelta::gaussian_stream(7, name, 0).at(uint32_t(i)) * scale + 40.0);
    }
    return logits;
}

compared run(const std::vector<float> & base, const std::vector<float> & model, std::vector<int32_t> targets, int threads) {
    const size_t n = targets.size();
    compared     c = { std::vector<double>(n), std::vector<double>(n), std::vector<double>(n), std::vector<uint8_t>(n), 0 };
    sd_error     e = {};
    c.status = sd_compare(base.data(), model.data(), int64_t(n), n_vocab, targets.data(), threads, c.kld.data(),
                          c.p_base.data(), c.p_model.data(), c.same.data(), &e);
    return c;
}

std::vector<int32_t> some_targets() {
    return { 0, 999, 5, 17, 500, 1, 2, 3, 998 };
}

} // namespace

TEST(builder_compare, divergence_is_the_textbook_sum) {
    const std::vector<float>   base = random_logits("base", 4.0), model = random_logits("model", 3.0);
    const std::vector<int32_t> targets = some_targets();
    const compared             c       = run(base, model, targets, 1);
    ASSERT_EQ(c.status, SD_OK);
    for (size_t r = 0; r < size_t(n_rows); ++r) {
        const float * b     = base.data() + r * n_vocab;
        const float * m     = model.data() + r * n_vocab;
        long double   sum_b = 0, sum_m = 0, kld = 0;
        int           top_b = 0, top_m = 0;
        for (int v = 0; v < n_vocab; ++v) {
            sum_b += expl((long double) b[v]);
            sum_m += expl((long double) m[v]);
            top_b = b[v] > b[top_b] ? v : top_b;
            top_m = m[v] > m[top_m] ? v : top_m;
        }
        for (int v = 0; v < n_vocab; ++v) {
            const long double log_b = b[v] - logl(sum_b), log_m = m[v] - logl(sum_m);
            kld += expl(log_b) * (log_b - log_m);
        }
        EXPECT_GT(double(kld), 1.0);
        EXPECT_NEAR(c.kld[r] / double(kld), 1.0, 1e-6);
        EXPECT_NEAR(c.p_base[r] / double(expl((long double) b[targets[r]]) / sum_b), 1.0, 1e-5);
        EXPECT_NEAR(c.p_model[r] / double(expl((long double) m[targets[r]]) / sum_m), 1.0, 1e-5);
        EXPECT_EQ(c.same[r], top_b == top_m);
    }
}

TEST(builder_compare, equal_rows_differ_by_exactly_nothing) {
    const std::vector<float> base = random_logits("base", 6.0);
    const compared           c    = run(base, base, some_targets(), 3);
    ASSERT_EQ(c.status, SD_OK);
    EXPECT_EQ(c.kld, std::vector<double>(n_rows, 0.0));
    EXPECT_EQ(c.p_base, c.p_model);
    EXPECT_EQ(c.same, std::vector<uint8_t>(n_rows, 1));
}

// A constant added to all logits of a row leaves the distribution as it was, up to rounding, which must not go below 0.
TEST(builder_compare, nearly_equal_rows_are_never_below_zero) {
    const std::vector<float> base = random_logits("base", 6.0);
    std::vector<float>       model = base;
    for (size_t i = 0; i < model.size(); ++i) {
        model[i] += 0.1f;
    }
    const compared c = run(base, model, some_targets(), 1);
    for (double kld : c.kld) {
        EXPECT_GE(kld, 0.0);
        EXPECT_LT(kld, 1e-9);
    }
}

TEST(builder_compare, threads_change_nothing) {
    const std::vector<float> base = random_logits("base", 4.0), model = random_logits("model", 3.0);
    const compared           one = run(base, model, some_targets(), 1), many = run(base, model, some_targets(), 5);
    EXPECT_EQ(one.kld, many.kld);
    EXPECT_EQ(one.p_base, many.p_base);
    EXPECT_EQ(one.p_model, many.p_model);
    EXPECT_EQ(one.same, many.same);
}

TEST(builder_compare, impossible_tokens_and_rows_without_a_distribution) {
    const float        inf  = std::numeric_limits<float>::infinity();
    std::vector<float> base = random_logits("base", 4.0), model = base;
    base[3]                   = -inf; // row 0: the base rules a token out, the model does not
    model[size_t(n_vocab) + 4] = -inf; // row 1: the other way round
    model[size_t(n_vocab) * 2 + 9] = std::nanf("");
    const compared c = run(base, model, { 3, 4, 5 }, 1);
    EXPECT_TRUE(std::isfinite(c.kld[0]));
    EXPECT_EQ(c.p_base[0], 0.0);
    EXPECT_GT(c.p_model[0], 0.0);
    EXPECT_EQ(c.kld[1], double(inf));
    EXPECT_EQ(c.p_model[1], 0.0);
    EXPECT_TRUE(std::isnan(c.kld[2]));
    EXPECT_EQ(c.same[2], 0);
}

TEST(builder_compare, tokens_outside_the_vocabulary_are_refused) {
    const std::vector<float> base = random_logits("base", 4.0);
    EXPECT_EQ(run(base, base, { n_vocab }, 1).status, SD_E_INPUT);
    EXPECT_EQ(run(base, base, { -1 }, 1).status, SD_E_INPUT);
    EXPECT_EQ(run(base, base, {}, 1).status, SD_E_USAGE); // an empty vector has no data to point at
}
