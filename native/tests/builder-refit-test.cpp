// Refitting kept values against second moments, and the metrics that use them.

#include "../builder/failure.h"
#include "../builder/metrics.h"
#include "../builder/refit.h"
#include "test-weights.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace seeddelta;

namespace {

const progress silent(nullptr);

/// Inputs that correlate with their neighbours and differ in size; their second moments. With `dead` input 3 is zero.
std::shared_ptr<const second_moments> make_moments(int64_t n, bool dead = false) {
    const int64_t      n_samples = 3 * n;
    std::vector<float> x(size_t(n_samples * n));
    for (int64_t s = 0; s < n_samples; ++s) {
        const gaussian_stream g(5, "test samples", s);
        double                last = 0.0;
        for (int64_t c = 0; c < n; ++c) {
            last = 0.8 * last + g.at(uint32_t(c));
            x[size_t(s * n + c)] = dead && c == 3 ? 0.0f : float(last * double(c % 5 + 1));
        }
    }
    std::vector<float> packed;
    for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = i; j < n; ++j) {
            double sum = 0.0;
            for (int64_t s = 0; s < n_samples; ++s) {
                sum += double(x[size_t(s * n + i)]) * double(x[size_t(s * n + j)]);
            }
            packed.push_back(float(sum / double(n_samples)));
        }
    }
    return std::make_shared<second_moments>(n, packed.data(), 100 * n, x.data(), n_samples);
}

/// x of A x = b, by elimination with pivots.
std::vector<double> solve(std::vector<std::vector<double>> a, std::vector<double> b) {
    const size_t n = b.size();
    for (size_t i = 0; i < n; ++i) {
        size_t pivot = i;
        for (size_t r = i; r < n; ++r) {
            pivot = std::fabs(a[r][i]) > std::fabs(a[pivot][i]) ? r : pivot;
        }
        std::swap(a[i], a[pivot]);
        std::swap(b[i], b[pivot]);
        for (size_t r = i + 1; r < n; ++r) {
            const double f = a[r][i] / a[i][i];
            for (size_t c = i; c < n; ++c) {
                a[r][c] -= f * a[i][c];
            }
            b[r] -= f * b[i];
        }
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t c = i + 1; c < n; ++c) {
            b[i] -= a[i][c] * b[c];
        }
        b[i] /= a[i][i];
    }
    return b;
}

double quadratic(const second_moments & h, const std::vector<double> & a, const std::vector<double> & b) {
    double sum = 0.0;
    for (int64_t i = 0; i < h.n(); ++i) {
        for (int64_t j = 0; j < h.n(); ++j) {
            sum += a[size_t(i)] * double(h.row(i)[j]) * b[size_t(j)];
        }
    }
    return sum;
}

sd_encode_params refitted(sd_encode_params p, int n_threads = 1) {
    p.refit = 1;
    p.n_threads = n_threads;
    return p;
}

sd_measure_params ask(int rows, int x, int n_threads = 1) {
    sd_measure_params p = {};
    p.eval_rows = rows;
    p.eval_x = x;
    p.seed = 11;
    p.n_threads = n_threads;
    return p;
}

} // namespace

TEST(builder_refit, kept_values_solve_the_damped_normal_equations) {
    const auto                  h = make_moments(40);
    const std::vector<uint32_t> kept = { 1, 2, 5, 11, 12, 13, 30, 39 };
    const size_t                k = kept.size();
    std::vector<float>          r(40);
    for (size_t c = 0; c < 40; ++c) {
        r[c] = float(gaussian_stream(1, "row", 0).at(uint32_t(c)));
    }
    // (H_SS + λ D) v = (H r)_S + λ D r_S, straight from the objective
    const double                     lambda = 0.01 + 1.0 / 100.0;
    std::vector<std::vector<double>> a(k, std::vector<double>(k));
    std::vector<double>              b(k, 0.0);
    for (size_t i = 0; i < k; ++i) {
        const float * row = h->row(kept[i]);
        for (size_t j = 0; j < k; ++j) {
            a[i][j] = row[kept[j]] * (i == j ? 1.0 + lambda : 1.0);
        }
        for (size_t c = 0; c < 40; ++c) {
            b[i] += double(row[c]) * double(r[c]);
        }
        b[i] += lambda * double(row[kept[i]]) * double(r[kept[i]]);
    }
    const auto         want = solve(a, b);
    std::vector<float> got = r;
    kept_refit(h.get()).row(got.data(), kept.data(), int64_t(k));
    size_t j = 0;
    for (size_t c = 0; c < 40; ++c) {
        if (j < k && kept[j] == c) {
            EXPECT_NEAR(got[c], want[j], 1e-4) << c;
            EXPECT_GT(std::fabs(double(got[c]) - double(r[c])), 1e-3) << c; // and it did move
            ++j;
        } else {
            EXPECT_EQ(got[c], r[c]) << c;
        }
    }
}

TEST(builder_refit, inputs_that_were_never_active_keep_their_value) {
    const auto                  h = make_moments(20, true);
    const std::vector<uint32_t> kept = { 2, 3, 4 };
    std::vector<float>          r(20, 1.0f);
    kept_refit(h.get()).row(r.data(), kept.data(), 3);
    EXPECT_EQ(r[3], 1.0f);
    EXPECT_NE(r[2], 1.0f);
    for (float v : r) {
        EXPECT_TRUE(std::isfinite(v));
    }
}

TEST(builder_refit, wins_back_function_for_every_scheme_and_base) {
    dense_weight w = make_weight(40, 96);
    w.set_moments(make_moments(96));
    for (const char * base : { "none", "prng_block", "fht_struct" }) {
        for (const auto & p : { make_params("coo", 24, 0, SD_VALUE_F16, base),
                                make_params("coo", 24, 0, SD_VALUE_I8, base),
                                make_params("block", 48, 16, SD_VALUE_F16, base),
                                make_params("block", 32, 32, SD_VALUE_I8, base),
                                with_atoms(make_params("", 6, 0, SD_VALUE_F16, base), 16) }) {
            const auto plain = measure(w, *encode_with(w, p), ask(0, 64), silent);
            const auto fitted = measure(w, *encode_with(w, refitted(p)), ask(0, 64), silent);
            EXPECT_LT(fitted.err_h, 0.95 * plain.err_h) << base << p.scheme << p.value_type;
            EXPECT_GT(fitted.cos_act.mean, plain.cos_act.mean) << base << p.scheme << p.value_type;
        }
    }
}

TEST(builder_refit, without_moments_it_changes_nothing) {
    dense_weight w = make_weight(20, 64);
    const auto   m = make_importance(64);
    w.set_importance(m.data(), 64, 1.0f, 0.0f);
    const auto p = make_params("block", 32, 16, SD_VALUE_I8);
    const auto plain = encode_with(w, p)->digest_hex();
    EXPECT_EQ(encode_with(w, refitted(p))->digest_hex(), plain);
    w.set_moments(make_moments(64));
    EXPECT_EQ(encode_with(w, p)->digest_hex(), plain); // moments without the wish to refit
    EXPECT_NE(encode_with(w, refitted(p))->digest_hex(), plain);
}

TEST(builder_refit, threads_do_not_change_a_bit_and_the_digest_is_pinned) {
    dense_weight w = make_weight(70, 96);
    w.set_moments(make_moments(96));
    const auto p = make_params("coo", 24, 0, SD_VALUE_I8, "prng_block");
    const auto one = encode_with(w, refitted(p, 1));
    const auto err = measure(w, *one, ask(0, 32), silent).err_h;
    for (int n_threads : { 2, 4 }) {
        const auto many = encode_with(w, refitted(p, n_threads));
        EXPECT_EQ(many->digest_hex(), one->digest_hex());
        EXPECT_EQ(measure(w, *many, ask(0, 32, n_threads), silent).err_h, err);
    }
    EXPECT_EQ(one->digest_hex().substr(0, 16), "b63d43c17bf3ea57");
}

TEST(builder_refit, row_scale_is_the_best_one_under_the_moments) {
    dense_weight w = make_weight(12, 48);
    w.set_moments(make_moments(48));
    const auto p = encode_with(w, refitted(make_params("coo", 12, 0, SD_VALUE_I8, "prng_block", SD_ROW_SCALE_F32)));
    const auto hat = decode_all(*p);
    for (int64_t r = 0; r < 12; ++r) {
        std::vector<double> e(48), v(48);
        for (size_t c = 0; c < 48; ++c) {
            v[c] = hat[size_t(r) * 48 + c];
            e[c] = double(w.row(r)[c]) - v[c];
        }
        EXPECT_LT(std::fabs(quadratic(*w.moments(), v, e)), 1e-6 * quadratic(*w.moments(), v, v)) << r;
    }
}

TEST(builder_refit, metrics_are_the_formulas) {
    dense_weight w = make_weight(21, 33); // an odd number of inputs, and rows that are no multiple of a group
    const auto   h = make_moments(33);
    w.set_moments(h);
    const auto p = encode_with(w, make_params("coo", 9));
    const auto hat = decode_all(*p);
    for (int wanted : { 0, 10 }) {
        const auto got = measure(w, *p, ask(wanted, 0), silent);
        double     err = 0.0, norm = 0.0;
        for (int64_t r : sample_rows(21, wanted, 11)) {
            std::vector<double> e(33), v(33);
            for (size_t c = 0; c < 33; ++c) {
                v[c] = w.row(r)[c];
                e[c] = v[c] - double(hat[size_t(r) * 33 + c]);
            }
            err += quadratic(*h, e, e);
            norm += quadratic(*h, v, v);
        }
        EXPECT_NEAR(got.err_h, std::sqrt(err / norm), 1e-5);
        EXPECT_TRUE(std::isnan(got.cos_act.mean)); // eval_x = 0
    }
    const auto got = measure(w, *p, ask(0, 8), silent);
    double     cos = 0.0, ratio = 0.0;
    for (int64_t s = 0; s < 8; ++s) {
        const float * x = h->sample(s * h->n_samples() / 8);
        likeness      y;
        for (int64_t r = 0; r < 21; ++r) {
            double a = 0.0, b = 0.0;
            for (int64_t c = 0; c < 33; ++c) {
                a += double(w.row(r)[c]) * double(x[c]);
                b += double(hat[size_t(r * 33 + c)]) * double(x[c]);
            }
            y.a_a += a * a;
            y.b_b += b * b;
            y.a_b += a * b;
        }
        cos += y.a_b / std::sqrt(y.a_a * y.b_b) / 8;
        ratio += 0.5 * std::log(y.b_b / y.a_a) / 8;
    }
    EXPECT_NEAR(got.cos_act.mean, cos, 1e-5);
    EXPECT_NEAR(got.log_norm_ratio_act.mean, ratio, 1e-5);

    const dense_weight bare = make_weight(21, 33);
    const auto         none = measure(bare, *encode_with(bare, make_params("coo", 9)), ask(0, 8), silent);
    EXPECT_TRUE(std::isnan(none.err_h));
    EXPECT_TRUE(std::isnan(none.cos_act.mean));
}

TEST(builder_refit, moments_of_another_width_are_refused) {
    dense_weight w = make_weight(4, 32);
    EXPECT_THROW(w.set_moments(make_moments(31)), failure);
}
