#include "../builder/failure.h"
#include "../builder/metrics.h"
#include "test-weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace seeddelta;

namespace {

const progress silent(nullptr);

sd_measure_params ask(int rows, int x, int n_threads = 1) {
    sd_measure_params p = {};
    p.eval_rows = rows;
    p.eval_x = x;
    p.seed = 11;
    p.n_threads = n_threads;
    return p;
}

struct plain_stat {
    double mean = 0, p05 = 0, p10 = 0, p95 = 0;
};

/// By the documented rule, written another way: position (n − 1) p between the sorted values.
plain_stat plain(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    const auto q = [&](double p) {
        const double at = (double(v.size()) - 1.0) * p;
        const double low = v[size_t(std::floor(at))], high = v[size_t(std::ceil(at))];
        return low + (high - low) * (at - std::floor(at));
    };
    return { std::accumulate(v.begin(), v.end(), 0.0) / double(v.size()), q(0.05), q(0.10), q(0.95) };
}

void expect_stat(const sd_stat & got, const std::vector<double> & samples, double tolerance) {
    const plain_stat want = plain(samples);
    EXPECT_NEAR(got.mean, want.mean, tolerance);
    EXPECT_NEAR(got.p05, want.p05, tolerance);
    EXPECT_NEAR(got.p10, want.p10, tolerance);
    EXPECT_NEAR(got.p95, want.p95, tolerance);
}

} // namespace

TEST(builder_metrics, quantiles_follow_the_documented_rule) {
    std::vector<double> v(101);
    std::iota(v.begin(), v.end(), 0.0);
    std::reverse(v.begin(), v.end());
    const sd_stat s = statistics(v);
    EXPECT_DOUBLE_EQ(s.mean, 50.0);
    EXPECT_DOUBLE_EQ(s.p05, 5.0);
    EXPECT_DOUBLE_EQ(s.p10, 10.0);
    EXPECT_DOUBLE_EQ(s.p95, 95.0);
    EXPECT_DOUBLE_EQ(statistics({ 1, 2 }).p95, 1.95);
    EXPECT_DOUBLE_EQ(statistics({ 3 }).p05, 3.0);
    EXPECT_TRUE(std::isnan(statistics({}).mean));
}

TEST(builder_metrics, zero_vectors_are_defined) {
    EXPECT_EQ((likeness{ 0, 0, 0 }).cos(), 1.0);
    EXPECT_EQ((likeness{ 0, 0, 0 }).norm_ratio(), 1.0);
    EXPECT_EQ((likeness{ 4, 0, 0 }).cos(), 0.0);
    EXPECT_EQ((likeness{ 4, 0, 0 }).norm_ratio(), 0.0);
    EXPECT_EQ((likeness{ 0, 4, 0 }).cos(), 0.0);
    EXPECT_GT((likeness{ 0, 4, 0 }).norm_ratio(), 1e29);
    EXPECT_EQ((likeness{ 4, 9, 6 }).cos(), 1.0);
    EXPECT_EQ((likeness{ 4, 9, -6 }).cos(), -1.0);
    EXPECT_EQ((likeness{ 4, 9, 6 }).norm_ratio(), 1.5);
}

TEST(builder_metrics, weight_metrics_are_the_formulas) {
    dense_weight w = make_weight(50, 90);
    const auto   m = make_importance(90);
    w.set_importance(m.data(), 90, 1.0f, 0.0f);
    const auto          p = encode_with(w, make_params("coo", 20, 0, SD_VALUE_I8, "prng_block"));
    const auto          hat = decode_all(*p);
    const sd_metrics    got = measure(w, *p, ask(0, 0), silent);
    std::vector<double> rel[2], cos[2], norm[2];
    double              total[2] = {}, total_err[2] = {}, total_hat = 0;
    for (int64_t r = 0; r < 50; ++r) {
        for (int weighted = 0; weighted < 2; ++weighted) {
            double ww = 0, hh = 0, wh = 0, ee = 0;
            for (int64_t c = 0; c < 90; ++c) {
                const double a = w.row(r)[c], b = hat[size_t(r * 90 + c)], v = weighted ? m[size_t(c)] : 1.0;
                ww += v * a * a;
                hh += v * b * b;
                wh += v * a * b;
                ee += v * (a - b) * (a - b);
            }
            rel[weighted].push_back(std::sqrt(ee / ww));
            cos[weighted].push_back(wh / std::sqrt(ww * hh));
            norm[weighted].push_back(std::sqrt(hh / ww));
            total[weighted] += ww;
            total_err[weighted] += ee;
            total_hat += weighted ? 0.0 : hh;
        }
    }
    expect_stat(got.rel_l2, rel[0], 1e-12);
    expect_stat(got.cos, cos[0], 1e-12);
    expect_stat(got.norm_ratio, norm[0], 1e-12);
    expect_stat(got.rel_l2_w, rel[1], 1e-12);
    expect_stat(got.cos_w, cos[1], 1e-12);
    expect_stat(got.norm_ratio_w, norm[1], 1e-12);
    EXPECT_NEAR(got.norm_w, std::sqrt(total[0]), 1e-12);
    EXPECT_NEAR(got.norm_hat, std::sqrt(total_hat), 1e-12);
    EXPECT_NEAR(got.norm_err, std::sqrt(total_err[0]), 1e-12);
    EXPECT_NEAR(got.norm_err_w, std::sqrt(total_err[1] / total[1]), 1e-12);
    EXPECT_NEAR(got.norm_err_w, p->norms.err_w, 1e-12); // what the encoder stored is what is measured
    EXPECT_NEAR(got.norm_hat, p->norms.hat, 1e-12);
    EXPECT_TRUE(std::isnan(got.cos_x.mean)); // not asked for
}

TEST(builder_metrics, functional_metrics_are_the_formulas) {
    dense_weight w = make_weight(70, 48);
    const auto   m = make_importance(48);
    w.set_importance(m.data(), 48, 1.0f, 0.0f);
    const auto       p = encode_with(w, make_params("block", 16, 16));
    const auto       hat = decode_all(*p);
    const sd_metrics got = measure(w, *p, ask(0, 21), silent);
    for (bool weighted : { false, true }) {
        std::vector<double> cos, ratio;
        for (int64_t s = 0; s < 21; ++s) {
            const gaussian_stream g(11, "eval x", s);
            double                yy = 0, hh = 0, yh = 0;
            for (int64_t r = 0; r < 70; ++r) {
                double y = 0, h = 0;
                for (int64_t c = 0; c < 48; ++c) {
                    const double x = g.at(uint32_t(c)) * (weighted ? std::sqrt(double(m[size_t(c)])) : 1.0);
                    y += w.row(r)[c] * x;
                    h += hat[size_t(r * 48 + c)] * x;
                }
                yy += y * y;
                hh += h * h;
                yh += y * h;
            }
            cos.push_back(yh / std::sqrt(yy * hh));
            ratio.push_back(0.5 * std::log(hh / yy));
        }
        expect_stat(weighted ? got.cos_x_w : got.cos_x, cos, 2e-6);
        expect_stat(weighted ? got.log_norm_ratio_x_w : got.log_norm_ratio_x, ratio, 2e-6);
    }
}

TEST(builder_metrics, a_perfect_payload_measures_perfect) {
    std::vector<float> values(4 * 32);
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = i % 2 ? 1.0f : -1.0f;
    }
    const dense_weight w("blk.0.ffn_up", 4, 32, values);
    const sd_metrics   got = measure(w, *encode_with(w, make_params("coo", 32)), ask(0, 8), silent);
    EXPECT_EQ(got.norm_err, 0.0);
    EXPECT_EQ(got.rel_l2.p95, 0.0);
    EXPECT_DOUBLE_EQ(got.cos.p05, 1.0);
    EXPECT_DOUBLE_EQ(got.cos_x.p05, 1.0);
    EXPECT_EQ(got.log_norm_ratio_x.mean, 0.0);
    EXPECT_TRUE(std::isnan(got.cos_w.mean)); // no importance
    EXPECT_TRUE(std::isnan(got.cos_x_w.mean));
}

TEST(builder_metrics, ops_count_base_residual_and_scale) {
    const dense_weight w = make_weight(4, 100);
    const auto         ops = [&](const sd_encode_params & p) { return measure(w, *encode_with(w, p), ask(0, 0), silent).ops_ratio; };
    EXPECT_DOUBLE_EQ(ops(make_params("coo", 9)), 0.10);
    EXPECT_DOUBLE_EQ(ops(make_params("coo", 9, 0, SD_VALUE_F16, "none", SD_ROW_SCALE_NONE)), 0.09);
    EXPECT_DOUBLE_EQ(ops(make_params("coo", 9, 0, SD_VALUE_F16, "prng_block")), 1.10);
    EXPECT_DOUBLE_EQ(ops(make_params("block", 48, 16)), 0.49);
    EXPECT_DOUBLE_EQ(ops(make_params("block", 112, 16)), 1.01); // the tail past n_in is never multiplied
}

TEST(builder_metrics, threads_do_not_change_a_bit) {
    dense_weight w = make_weight(130, 64);
    const auto   m = make_importance(64);
    w.set_importance(m.data(), 64, 1.0f, 0.0f);
    const auto p = encode_with(w, make_params("coo", 9));
    sd_metrics first = measure(w, *p, ask(50, 20, 1), silent);
    for (int n_threads : { 2, 4 }) {
        const sd_metrics other = measure(w, *p, ask(50, 20, n_threads), silent);
        EXPECT_EQ(std::memcmp(&first, &other, sizeof first), 0) << n_threads;
    }
}

// Also the same on every machine and compiler. Changing how rows are grouped into work items changes these.
TEST(builder_metrics, bits_are_pinned) {
    dense_weight w = make_weight(130, 64);
    const auto   m = make_importance(64);
    w.set_importance(m.data(), 64, 1.0f, 0.0f);
    const sd_metrics got = measure(w, *encode_with(w, make_params("coo", 9)), ask(50, 20), silent);
    const auto       bits = [](double d) {
        uint64_t b;
        std::memcpy(&b, &d, sizeof b);
        return b;
    };
    EXPECT_EQ(bits(got.rel_l2.mean), 0x3fea13e51947264aull);
    EXPECT_EQ(bits(got.cos_x.mean), 0x3fe291f1dace883aull);
    EXPECT_EQ(bits(got.log_norm_ratio_x_w.mean), 0xbfb586b818ac0301ull);
    EXPECT_EQ(bits(got.norm_err_w), 0x3fd7a232efe9f54eull);
}

TEST(builder_metrics, sampled_rows_are_distinct_ascending_and_seeded) {
    const auto a = sample_rows(1000, 100, 1), b = sample_rows(1000, 100, 1), c = sample_rows(1000, 100, 2);
    EXPECT_EQ(a, b);
    EXPECT_NE(a, c);
    EXPECT_EQ(a.size(), 100u);
    for (size_t i = 1; i < a.size(); ++i) {
        EXPECT_LT(a[i - 1], a[i]);
    }
    EXPECT_GE(a.front(), 0);
    EXPECT_LT(a.back(), 1000);
    EXPECT_EQ(sample_rows(5, 0, 1).size(), 5u);
    EXPECT_EQ(sample_rows(5, 9, 1).size(), 5u);
    // every row has its turn: 400 draws of 10 of 20 rows
    std::vector<int> hits(20);
    for (uint64_t seed = 0; seed < 400; ++seed) {
        for (int64_t r : sample_rows(20, 10, seed)) {
            hits[size_t(r)]++;
        }
    }
    for (int n : hits) {
        EXPECT_NEAR(n, 200, 60);
    }
}

TEST(builder_metrics, a_payload_of_another_weight_is_refused) {
    const dense_weight a = make_weight(4, 32, 1, "blk.0.ffn_up"), b = make_weight(4, 32, 1, "blk.1.ffn_up");
    EXPECT_THROW(measure(b, *encode_with(a, make_params("coo", 4)), ask(0, 0), silent), failure);
    EXPECT_THROW(measure(a, *encode_with(a, make_params("coo", 4)), ask(-1, 0), silent), failure);
    EXPECT_THROW(measure(a, *encode_with(a, make_params("coo", 4)), ask(0, -1), silent), failure);
}
