// Base trellis: the search, what error feedback gains, awkward second moments, and bytes that never change.

#include "../builder/failure.h"
#include "../builder/metrics.h"
#include "../builder/trellis-fit.h"
#include "../builder/trellis-search.h"
#include "../op/kernels.h"
#include "test-weights.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace seeddelta;

namespace {

const progress silent(nullptr);

std::vector<const trellis_kernel *> runnable_kernels() {
    int n = 0;
    const auto * kernels = all_trellis_kernels(&n);
    int n_sets = 0;
    const auto sets = all_kernel_sets(&n_sets);
    std::vector<const trellis_kernel *> out;
    for (int i = 0; i < n; ++i) {
        for (int s = 0; s < n_sets; ++s) {
            if (std::string(sets[s]->name) == kernels[i].name && sets[s]->supported()) {
                out.push_back(&kernels[i]);
            }
        }
    }
    return out;
}

sd_encode_params trellis(float bits, int n_threads = 1, bool refit = true) {
    sd_encode_params p = with_bits(make_params("none", 0), bits);
    p.n_threads = n_threads;
    p.refit = refit;
    return p;
}

/// E[x xᵀ] of inputs that correlate with their neighbours and differ in size, or of whatever `element` says.
template <typename F>
std::shared_ptr<const second_moments> moments_of(int64_t n, int64_t count, F && element) {
    std::vector<float> packed;
    for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = i; j < n; ++j) {
            packed.push_back(float(element(i, j)));
        }
    }
    return std::make_shared<second_moments>(n, packed.data(), count, nullptr, 0);
}

double neighbours(int64_t i, int64_t j) {
    return std::pow(0.9, double(std::abs(i - j))) * double(i % 5 + 1) * double(j % 5 + 1);
}

double relative_error(const dense_weight & w, const stored_payload & p) {
    const std::vector<float> hat = decode_all(p);
    double err = 0, norm = 0;
    for (int64_t r = 0; r < w.n_out(); ++r) {
        for (int64_t c = 0; c < w.n_in(); ++c) {
            const double v = w.row(r)[c];
            err += (v - hat[size_t(r * w.n_in() + c)]) * (v - hat[size_t(r * w.n_in() + c)]);
            norm += v * v;
        }
    }
    return err / norm;
}

double output_error(const dense_weight & w, const stored_payload & p) {
    std::vector<int64_t> rows;
    for (int64_t r = 0; r < w.n_out(); ++r) {
        rows.push_back(r);
    }
    const auto hat = weight::open(p.view);
    return moments_error(w, [&](int64_t r, float * row) { hat->decode_row(r, row); }, rows, 1);
}

} // namespace

TEST(builder_trellis, the_search_finds_the_best_of_all_paths) {
    for (const auto family : { trellis_family::n4, trellis_family::n2 }) {
        const int v = trellis_weights(family), step = 4;
        const gaussian_stream g(1, "targets", 0);
        std::vector<float> x, scale;
        for (int i = 0; i < 2 * v; ++i) {
            x.push_back(float(g.at(uint32_t(i))) * 30.0f);
            scale.push_back(i == 1 ? 2.0f : 1.0f);
        }
        const auto cost = [&](int w, int t) {
            double sum = 0;
            for (int i = 0; i < v; ++i) {
                const double d = x[size_t(t * v + i)] -
                                 scale[size_t(t * v + i)] * trellis_value(family, trellis_mix(uint16_t(w)), i);
                sum += d * d;
            }
            return sum;
        };
        for (const bool bound : { false, true }) {
            const int start = bound ? 0x123 : -1, end = bound ? 0xabc : -1;
            double best = 1e30;
            for (int w = 0; w < trellis_states; ++w) {
                if (start >= 0 && (w & 0xfff) != start) {
                    continue;
                }
                for (int next = 0; next < 16; ++next) {
                    const int second = w >> step | next << 12;
                    if (end < 0 || second >> step == end) {
                        best = std::min(best, cost(w, 0) + cost(second, 1));
                    }
                }
            }
            for (const auto * kernel : runnable_kernels()) {
                trellis_search search(*kernel, family, step, 2);
                uint16_t out[2] = {};
                search.run(x.data(), scale.data(), start, end, out);
                EXPECT_EQ(out[1] & 0xfff, out[0] >> step);
                if (bound && best == 1e30) {
                    continue; // the two ends do not meet in two windows
                }
                EXPECT_NEAR(cost(out[0], 0) + cost(out[1], 1), best, 1e-4 * best) << kernel->name;
                if (start >= 0) {
                    EXPECT_EQ(out[0] & 0xfff, start);
                }
            }
        }
    }
}

TEST(builder_trellis, a_path_between_fixed_ends_keeps_both) {
    for (const auto * kernel : runnable_kernels()) {
        const std::vector<float> x(64, 7.0f), scale(64, 1.0f);
        trellis_search search(*kernel, trellis_family::n4, 8, 16);
        uint16_t out[16] = {};
        search.run(x.data(), scale.data(), 0x5a, 0xc3, out);
        EXPECT_EQ(out[0] & 0xff, 0x5a);
        EXPECT_EQ(out[15] >> 8, 0xc3);
        for (int t = 1; t < 16; ++t) {
            EXPECT_EQ(out[t] & 0xff, out[t - 1] >> 8);
        }
    }
}

TEST(builder_trellis, instruction_sets_find_the_same_path) {
    const auto kernels = runnable_kernels();
    const struct {
        trellis_family family;
        int step;
    } cases[] = { { trellis_family::n4, 4 }, { trellis_family::n4, 6 }, { trellis_family::n4, 8 },
                  { trellis_family::n2, 5 }, { trellis_family::n2, 6 }, { trellis_family::n2, 8 } };
    for (const auto & c : cases) {
        constexpr int n_windows = 9;
        std::vector<float> x, scale;
        const gaussian_stream g(2, "targets", c.step);
        for (int i = 0; i < 4 * n_windows; ++i) {
            x.push_back(float(g.at(uint32_t(i))));
            scale.push_back(i == 5 ? 0.0f : 0.03f);
        }
        std::vector<uint16_t> first(n_windows), other(n_windows);
        trellis_search(*kernels[0], c.family, c.step, n_windows).run(x.data(), scale.data(), 3, -1, first.data());
        for (const auto * kernel : kernels) {
            trellis_search(*kernel, c.family, c.step, n_windows).run(x.data(), scale.data(), 3, -1, other.data());
            EXPECT_EQ(first, other) << kernel->name << " step " << c.step;
        }

        std::vector<float> e(40 * 32), coef(4 * 40), acc_first(4 * 32, 1.0f);
        for (size_t i = 0; i < e.size(); ++i) {
            e[i] = float(g.at(uint32_t(i + 100)));
        }
        for (size_t i = 0; i < coef.size(); ++i) {
            coef[i] = float(g.at(uint32_t(i + 5000)));
        }
        const float * rows[4] = { coef.data(), coef.data() + 40, coef.data() + 80, coef.data() + 120 };
        const auto run = [&](const trellis_kernel & kernel, std::vector<float> & acc) {
            float * to[4] = { acc.data(), acc.data() + 32, acc.data() + 64, acc.data() + 96 };
            kernel.accumulate(e.data(), 32, 32, rows, 1, 39, to);
        };
        run(*kernels[0], acc_first);
        for (const auto * kernel : kernels) {
            std::vector<float> acc(4 * 32, 1.0f);
            run(*kernel, acc);
            EXPECT_EQ(acc_first, acc) << kernel->name;
        }
    }
}

// The best that any code can do is 4^-bits; short columns and a table of 16 levels cost the rest.
TEST(builder_trellis, every_rate_reaches_its_error_and_plans_its_bytes) {
    std::vector<float> values(size_t(96 * 64)); // rows of one size: others would share their bits
    const gaussian_stream g(6, "rate", 0);
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = float(g.at(uint32_t(i))) * 0.02f;
    }
    const dense_weight w("blk.0.ffn_up", 96, 64, values);
    const struct {
        float bits;
        double most;
    } rates[] = { { 1.0f, 0.36 }, { 1.5f, 0.20 }, { 2.0f, 0.11 }, { 2.5f, 0.05 }, { 3.0f, 0.026 }, { 4.0f, 0.008 } };
    for (const auto & rate : rates) {
        const auto p = encode_with(w, trellis(rate.bits));
        EXPECT_LT(relative_error(w, *p), rate.most) << rate.bits;
        EXPECT_GT(relative_error(w, *p), std::pow(4.0, -double(rate.bits))) << rate.bits;
        sd_encode_params params = trellis(rate.bits);
        int64_t planned = 0;
        ASSERT_EQ(sd_payload_plan(96, 64, &params, &planned, nullptr), SD_OK);
        EXPECT_EQ(planned, int64_t(p->view.size_bytes()));
        EXPECT_EQ(planned, int64_t(96 * 64 * double(rate.bits) / 8) + 64 + 2 * 96) << rate.bits;
    }
}

TEST(builder_trellis, two_bits_stay_below_their_limit_on_real_shapes) {
    for (const auto & shape : { weight_shape{ 576, 1536 }, weight_shape{ 1536, 576 }, weight_shape{ 4096, 4096 } }) {
        sd_encode_params params = trellis(2.0f);
        int64_t planned = 0;
        ASSERT_EQ(sd_payload_plan(shape.n_out, shape.n_in, &params, &planned, nullptr), SD_OK);
        EXPECT_LT(double(planned) * 8 / double(shape.n_out * shape.n_in), 2.06);
    }
}

TEST(builder_trellis, feedback_lowers_the_error_of_the_output) {
    dense_weight with = make_weight(64, 48), without = make_weight(64, 48);
    with.set_moments(moments_of(48, 100000, neighbours));
    const double fed = output_error(with, *encode_with(with, trellis(2.0f)));
    const auto plain = encode_with(without, trellis(2.0f));
    EXPECT_LT(fed, 0.8 * output_error(with, *plain));
    // not asked for: the moments are there and change nothing
    EXPECT_EQ(plain->digest_hex(), encode_with(with, trellis(2.0f, 1, false))->digest_hex());
}

TEST(builder_trellis, importance_stands_in_for_moments) {
    dense_weight w = make_weight(64, 64);
    std::vector<float> m(64, 0.01f);
    for (int i = 0; i < 8; ++i) {
        m[size_t(8 * i)] = 4.0f;
    }
    const double plain = encode_with(w, trellis(2.0f))->norms.err_w;
    w.set_importance(m.data(), 64, 1.0f, 0.0f);
    EXPECT_LT(encode_with(w, trellis(2.0f))->norms.err_w, plain);
}

TEST(builder_trellis, searching_again_lowers_the_error) {
    dense_weight w = make_weight(64, 48);
    w.set_moments(moments_of(48, 100000, neighbours));
    const auto units = row_units(w, encode_options::from(trellis(2.0f)));
    const auto error = [&](int sweeps) {
        trellis_settings settings;
        settings.sweeps = sweeps;
        const trellis_fit fit = fit_trellis(w, units, w.moments(), *find_trellis_rate(2.0f), settings, silent);
        trellis_term t;
        t.layout = fit.layout;
        t.scale = fit.scale;
        t.rotation = input_rotation(fit.rotation.seed, 48, fit.rotation.block);
        t.words = fit.words.data();
        double sum = 0;
        for (int64_t r = 0; r < 64; ++r) {
            std::vector<float> e(48, 0.0f);
            std::vector<double> he(48);
            t.add_row(r, e.data());
            for (int64_t c = 0; c < 48; ++c) {
                e[size_t(c)] = w.row(r)[c] - units[size_t(r)] * e[size_t(c)];
            }
            w.moments()->times(e.data(), he.data());
            for (int64_t c = 0; c < 48; ++c) {
                sum += double(e[size_t(c)]) * he[size_t(c)];
            }
        }
        return sum;
    };
    const double once = error(0), twice = error(1);
    EXPECT_LT(twice, once);
    EXPECT_LE(error(3), twice);
}

TEST(builder_trellis, awkward_moments_give_finite_payloads_of_no_great_error) {
    const double plain = relative_error(make_weight(64, 48), *encode_with(make_weight(64, 48), trellis(2.0f)));
    const auto try_moments = [&](const char * what, const std::shared_ptr<const second_moments> & h) {
        dense_weight w = make_weight(64, 48);
        w.set_moments(h);
        const auto p = encode_with(w, trellis(2.0f));
        for (const float v : decode_all(*p)) {
            ASSERT_TRUE(std::isfinite(v)) << what;
        }
        EXPECT_LT(relative_error(w, *p), 60 * plain) << what;
    };
    try_moments("rank one", moments_of(48, 100000, [](int64_t i, int64_t j) { return double(i + 1) * double(j + 1); }));
    try_moments("one vector", moments_of(48, 1, [](int64_t i, int64_t j) { return double(i + 1) * double(j + 1); }));
    try_moments("dead inputs", moments_of(48, 1000, [](int64_t i, int64_t j) {
                    return i % 3 == 0 || j % 3 == 0 ? 0.0 : neighbours(i, j);
                }));
    try_moments("an outlier",
                moments_of(48, 1000, [](int64_t i, int64_t j) { return i == j ? (i == 7 ? 1e8 : 1.0) : 0.0; }));
    try_moments("tiny", moments_of(48, 1000, [](int64_t i, int64_t j) { return 1e-30 * neighbours(i, j); }));
    try_moments("all zero", moments_of(48, 1000, [](int64_t, int64_t) { return 0.0; }));
}

TEST(builder_trellis, rows_of_zeros_stay_zero_and_do_not_disturb) {
    std::vector<float> values(size_t(40 * 32), 0.0f);
    const gaussian_stream g(4, "rows", 0);
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = i / 32 == 3 || i / 32 >= 38 ? 0.0f : float(g.at(uint32_t(i))) * 0.01f;
    }
    const dense_weight w("blk.0.ffn_up", 40, 32, values);
    const auto p = encode_with(w, trellis(2.0f));
    const std::vector<float> hat = decode_all(*p);
    for (size_t i = 0; i < hat.size(); ++i) {
        if (i / 32 == 3 || i / 32 >= 38) {
            EXPECT_EQ(hat[i], 0.0f);
        }
    }
    EXPECT_LT(relative_error(w, *p), 0.12);
    const dense_weight none("blk.0.ffn_up", 40, 32, std::vector<float>(40 * 32, 0.0f));
    for (const float v : decode_all(*encode_with(none, trellis(2.0f)))) {
        EXPECT_EQ(v, 0.0f);
    }
}

TEST(builder_trellis, without_a_row_scale_the_base_has_the_right_size) {
    const dense_weight w = make_weight(64, 64);
    sd_encode_params p = trellis(4.0f);
    p.row_scale = SD_ROW_SCALE_NONE;
    EXPECT_LT(relative_error(w, *encode_with(w, p)), 0.1); // rows differ sevenfold in size
}

TEST(builder_trellis, an_outlier_scheme_on_top_lowers_the_error) {
    dense_weight w = make_weight(64, 64);
    sd_encode_params p = trellis(2.0f);
    const double alone = relative_error(w, *encode_with(w, p));
    std::strcpy(p.scheme, "coo");
    p.k = 4;
    EXPECT_LT(relative_error(w, *encode_with(w, p)), alone);
}

TEST(builder_trellis, threads_do_not_change_a_bit) {
    dense_weight w = make_weight(600, 36); // two row blocks, the last one padded; four inputs to a rotation block
    w.set_moments(moments_of(36, 1000, neighbours));
    const std::string one = encode_with(w, trellis(2.0f, 1))->digest_hex();
    EXPECT_EQ(one, encode_with(w, trellis(2.0f, 4))->digest_hex());
}

// The arithmetic is defined, so these hold on any machine. A change here means files are no longer reproducible.
TEST(builder_trellis, digests_are_pinned) {
    dense_weight w = make_weight(40, 24);
    w.set_moments(moments_of(24, 1000, [](int64_t i, int64_t j) { // exact on any machine
        return double(i % 5 + 1) * double(j % 5 + 1) / double(1 << std::min<int64_t>(std::abs(i - j), 20));
    }));
    const auto digest = [&](float bits) { return encode_with(w, trellis(bits))->digest_hex().substr(0, 16); };
    EXPECT_EQ(digest(1.0f), "97988e71c5cbe786");
    EXPECT_EQ(digest(2.0f), "cdfca8123cc4967b");
    EXPECT_EQ(digest(2.5f), "9d55141a64f8f548");
    EXPECT_EQ(digest(3.0f), "9b09b5d7277c2e3d");
}

TEST(builder_trellis, an_unknown_rate_is_a_usage_error) {
    sd_encode_params p = trellis(7.0f);
    int64_t planned = 0;
    sd_error error;
    EXPECT_EQ(sd_payload_plan(96, 64, &p, &planned, &error), SD_E_USAGE);
    EXPECT_NE(std::string(error.message).find("(known: 1, 1.5, 2, 2.5, 3, 4)"), std::string::npos) << error.message;
}

TEST(builder_trellis, cancelling_ends_it_and_progress_adds_up) {
    dense_weight w = make_weight(64, 24);
    w.set_moments(moments_of(24, 1000, neighbours));
    sd_progress shared = { 0, 0, 1, 0 };
    const progress watch(&shared);
    const auto options = encode_options::from(trellis(2.0f));
    try {
        fit_base(w, options, watch);
        FAIL() << "not cancelled";
    } catch (const failure & e) {
        EXPECT_EQ(e.status, SD_E_CANCELLED);
    }
    shared.cancel = 0;
    shared.done = 0;
    encode(w, *fit_base(w, options, watch), options, watch);
    EXPECT_EQ(shared.done, 2 * 64 * 24);
}
