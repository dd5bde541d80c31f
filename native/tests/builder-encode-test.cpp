#include "../builder/encode-values.h"
#include "../builder/failure.h"
#include "../codec/f16.h"
#include "../codec/terms.h"
#include "test-weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace seeddelta;

namespace {

double square(double v) {
    return v * v;
}

/// Smallest weighted squared error of row `r` when the entries of `kept` are exact and s is free: keep the values,
/// drop the rest, scale once.
double error_of_choice(const dense_weight & w, int64_t r, const std::vector<bool> & kept) {
    const float * m = w.importance();
    double        error = 0.0;
    for (int64_t c = 0; c < w.n_in(); ++c) {
        error += kept[size_t(c)] ? 0.0 : (m ? m[c] : 1.0) * square(w.row(r)[c]);
    }
    return error;
}

double error_of(const dense_weight & w, const std::vector<float> & hat, int64_t r) {
    const float * m = w.importance();
    double        error = 0.0;
    for (int64_t c = 0; c < w.n_in(); ++c) {
        error += (m ? m[c] : 1.0) * square(double(w.row(r)[c]) - double(hat[size_t(r * w.n_in() + c)]));
    }
    return error;
}

double energy(const dense_weight & w, int64_t r) {
    return error_of_choice(w, r, std::vector<bool>(size_t(w.n_in()), false));
}

/// All ways to keep `units` of `n` units of `size` inputs: the best error there is.
double brute_force(const dense_weight & w, int64_t r, int n, int64_t size, int units) {
    double best = 1e300;
    for (unsigned set = 0; set < (1u << n); ++set) {
        if (__builtin_popcount(set) != units) {
            continue;
        }
        std::vector<bool> kept(size_t(w.n_in()), false);
        for (int64_t c = 0; c < w.n_in(); ++c) {
            kept[size_t(c)] = (set >> (c / size)) & 1;
        }
        best = std::min(best, error_of_choice(w, r, kept));
    }
    return best;
}

} // namespace

TEST(builder_encode, coo_reaches_the_best_choice_of_all) {
    for (bool weighted : { false, true }) {
        dense_weight w = make_weight(5, 12, weighted ? 8 : 9);
        if (weighted) {
            const auto m = make_importance(12);
            w.set_importance(m.data(), 12, 1.0f, 0.0f);
        }
        for (int k = 1; k <= 12; ++k) {
            const auto hat = decode_all(*encode_with(w, make_params("coo", k)));
            for (int64_t r = 0; r < 5; ++r) {
                const double best = brute_force(w, r, 12, 1, k);
                EXPECT_NEAR(error_of(w, hat, r), best, 2e-6 * energy(w, r)) << "K " << k << " row " << r;
            }
        }
    }
}

TEST(builder_encode, block_reaches_the_best_choice_of_all) {
    for (int n_in : { 160, 155, 145 }) { // whole, short and nearly empty last block
        dense_weight w = make_weight(4, n_in, 11);
        const auto   m = make_importance(n_in);
        w.set_importance(m.data(), n_in, 0.5f, 1e-3f);
        for (int kept = 1; kept <= 10; ++kept) {
            const auto hat = decode_all(*encode_with(w, make_params("block", kept * 16, 16)));
            for (int64_t r = 0; r < 4; ++r) {
                const double best = brute_force(w, r, 10, 16, kept);
                EXPECT_NEAR(error_of(w, hat, r), best, 2e-6 * energy(w, r)) << "kept " << kept << " row " << r;
            }
        }
    }
}

TEST(builder_encode, a_tie_goes_to_the_lower_index) {
    const dense_weight w("blk.0.ffn_up", 1, 8, { 1, -1, 1, 2, -1, 1, 1, -1 });
    const auto         p = encode_with(w, make_params("coo", 3));
    const auto *       idx = p->view.find("d_idx")->as<uint16_t>();
    EXPECT_EQ((std::vector<int>{ idx[0], idx[1], idx[2] }), (std::vector<int>{ 0, 1, 3 }));

    const dense_weight flat("blk.0.ffn_up", 1, 64, std::vector<float>(64, 1.0f));
    const auto         b = encode_with(flat, make_params("block", 32, 16));
    const auto *       map = b->view.find("b_map")->as<uint16_t>();
    EXPECT_EQ((std::vector<int>{ map[0], map[1] }), (std::vector<int>{ 0, 1 }));
}

TEST(builder_encode, every_size_and_value_type_decodes_within_its_rounding) {
    for (int64_t n_in : { 1, 31, 33, 100, 576, 640 }) {
        const dense_weight w = make_weight(40, n_in);
        for (const char * base : { "none", "prng_block", "fht_struct" }) {
            for (sd_value_type values : { SD_VALUE_F16, SD_VALUE_I8 }) {
                for (int64_t k : { int64_t(1), n_in / 3 + 1, n_in }) {
                    const auto p = encode_with(w, make_params("coo", int(k), 0, values, base));
                    if (k == n_in) { // everything kept: only rounding is lost
                        EXPECT_LT(p->norms.err / p->norms.w, values == SD_VALUE_F16 ? 6e-4 : 0.02) << n_in << base;
                    }
                }
                for (int block : { 16, 32, 64 }) {
                    const int64_t n_blocks = (n_in + block - 1) / block;
                    const auto p = encode_with(w, make_params("block", int(n_blocks) * block, block, values, base));
                    EXPECT_LT(p->norms.err / p->norms.w, values == SD_VALUE_F16 ? 6e-4 : 0.02) << n_in << base;
                    const tensor_view * v = p->view.find("b_val"); // the tail past n_in is stored as zero
                    const size_t        size = elem_size(v->type);
                    for (int64_t e = n_in - (n_blocks - 1) * block; e < block; ++e) {
                        const auto * bytes = static_cast<const uint8_t *>(v->data) + size_t((n_blocks - 1) * block + e) * size;
                        EXPECT_EQ(bytes[0], 0);
                        EXPECT_EQ(bytes[size - 1], 0);
                    }
                }
            }
        }
    }
}

TEST(builder_encode, more_is_never_worse) {
    dense_weight w = make_weight(64, 640);
    const auto   m = make_importance(640);
    w.set_importance(m.data(), 640, 1.0f, 0.0f);
    double previous = 1e9;
    for (int k : { 32, 64, 128, 256, 512, 640 }) {
        const double err = encode_with(w, make_params("coo", k))->norms.err_w;
        EXPECT_LT(err, previous);
        previous = err;
    }
}

TEST(builder_encode, planned_bytes_are_the_bytes_made) {
    const dense_weight w = make_weight(37, 100);
    for (const char * base : { "none", "prng_block", "fht_struct" }) {
        for (sd_value_type values : { SD_VALUE_F16, SD_VALUE_I8 }) {
            for (sd_row_scale scale : { SD_ROW_SCALE_NONE, SD_ROW_SCALE_F16, SD_ROW_SCALE_F32 }) {
                for (const auto & p : { make_params("coo", 9, 0, values, base, scale),
                                        make_params("block", 48, 16, values, base, scale) }) {
                    int64_t  planned = 0;
                    sd_error error;
                    ASSERT_EQ(sd_payload_plan(37, 100, &p, &planned, &error), SD_OK) << error.message;
                    EXPECT_EQ(planned, int64_t(encode_with(w, p)->view.size_bytes()));
                }
            }
        }
    }
    // by hand: row_scale 37·2, d_idx 37·9·2, d_val 37·9·1, d_scale 37·2
    const auto p = make_params("coo", 9, 0, SD_VALUE_I8);
    int64_t    planned = 0;
    ASSERT_EQ(sd_payload_plan(37, 100, &p, &planned, nullptr), SD_OK);
    EXPECT_EQ(planned, 74 + 666 + 333 + 74);
}

TEST(builder_encode, threads_do_not_change_a_bit) {
    dense_weight w = make_weight(131, 576);
    const auto   m = make_importance(576);
    w.set_importance(m.data(), 576, 0.7f, 1e-4f);
    for (const char * base : { "none", "prng_block", "fht_struct" }) {
        for (const char * scheme : { "coo", "block" }) {
            std::string first;
            for (int n_threads : { 1, 2, 4 }) {
                const auto p = encode_with(w, make_params(scheme, 96, 32, SD_VALUE_I8, base, SD_ROW_SCALE_F16, n_threads));
                const std::string digest = p->digest_hex() + std::to_string(p->norms.err_w);
                first = first.empty() ? digest : first;
                EXPECT_EQ(digest, first) << base << scheme << n_threads;
            }
        }
    }
}

// The arithmetic is defined, so these hold on any machine. A change here means files are no longer reproducible.
TEST(builder_encode, digests_are_pinned) {
    dense_weight w = make_weight(33, 100);
    const auto   m = make_importance(100);
    w.set_importance(m.data(), 100, 0.5f, 1e-3f);
    const auto digest = [&](const sd_encode_params & p) { return encode_with(w, p)->digest_hex().substr(0, 16); };
    EXPECT_EQ(digest(make_params("coo", 10)), "9230c566a1189372");
    EXPECT_EQ(digest(make_params("coo", 10, 0, SD_VALUE_I8, "prng_block")), "bb1d46c5f4255330");
    EXPECT_EQ(digest(make_params("block", 48, 16)), "9aaedab8666e1ac1");
    EXPECT_EQ(digest(make_params("block", 64, 32, SD_VALUE_I8, "prng_block", SD_ROW_SCALE_F32)), "048bb02229444302");
}

TEST(builder_encode, row_scale_is_the_weighted_least_squares_one) {
    dense_weight w = make_weight(20, 96);
    const auto   m = make_importance(96);
    w.set_importance(m.data(), 96, 1.0f, 0.0f);
    const auto  p = encode_with(w, make_params("block", 48, 16, SD_VALUE_I8, "prng_block", SD_ROW_SCALE_F32));
    auto        hat = decode_all(*p);
    const auto * scale = p->view.find("row_scale")->as<float>();
    for (int64_t r = 0; r < 20; ++r) {
        // at the optimum the error is orthogonal (weighted) to the reconstruction
        double dot = 0.0, norm = 0.0;
        for (int64_t c = 0; c < 96; ++c) {
            const double h = hat[size_t(r * 96 + c)];
            dot += double(m[size_t(c)]) * h * (double(w.row(r)[c]) - h);
            norm += double(m[size_t(c)]) * h * h;
        }
        EXPECT_LT(std::fabs(dot), 1e-6 * norm) << "row " << r;
        EXPECT_GT(scale[r], 0.0f);
    }
}

TEST(builder_encode, rows_of_zeros_stay_exactly_zero) {
    std::vector<float> values(3 * 64, 0.0f);
    for (int c = 0; c < 64; ++c) {
        values[size_t(64 + c)] = float(c - 30);
    }
    const dense_weight w("blk.0.ffn_up", 3, 64, values);
    for (const char * base : { "none", "prng_block", "fht_struct" }) {
        const auto p = encode_with(w, make_params("coo", 5, 0, SD_VALUE_I8, base));
        const auto hat = decode_all(*p);
        for (int r : { 0, 2 }) {
            EXPECT_EQ(p->view.find("row_scale")->as<uint16_t>()[r], 0);
            for (int c = 0; c < 64; ++c) {
                EXPECT_EQ(hat[size_t(r * 64 + c)], 0.0f);
            }
        }
        EXPECT_GT(p->norms.hat, 0.0);
    }
    const dense_weight nothing("blk.0.ffn_up", 2, 16, std::vector<float>(32, 0.0f));
    const auto         p = encode_with(nothing, make_params("block", 16, 16));
    EXPECT_EQ(p->norms.hat, 0.0);
    EXPECT_EQ(p->norms.err, 0.0);
    EXPECT_EQ(p->norms.err_w, 0.0);
}

TEST(builder_encode, a_row_scale_beyond_f16_is_an_error_and_f32_takes_it) {
    const dense_weight w("blk.0.ffn_up", 1, 16, std::vector<float>(16, 70000.0f));
    try {
        encode_with(w, make_params("coo", 16));
        FAIL() << "no error";
    } catch (const failure & e) {
        EXPECT_EQ(e.status, SD_E_INPUT);
        EXPECT_NE(std::string(e.what()).find("row 0 does not fit f16"), std::string::npos) << e.what();
    }
    const auto p = encode_with(w, make_params("coo", 16, 0, SD_VALUE_F16, "none", SD_ROW_SCALE_F32));
    EXPECT_NEAR(decode_all(*p)[0], 70000.0f, 1.0f);
    try { // and without a row scale the values themselves do not fit
        encode_with(w, make_params("coo", 16, 0, SD_VALUE_F16, "none", SD_ROW_SCALE_NONE));
        FAIL() << "no error";
    } catch (const failure & e) {
        EXPECT_NE(std::string(e.what()).find("beyond f16"), std::string::npos) << e.what();
    }
}

TEST(builder_encode, extreme_but_finite_weights_give_finite_payloads) {
    std::vector<float> values(4 * 32);
    for (int c = 0; c < 32; ++c) {
        values[size_t(c)] = 1e-38f * float(c);
        values[size_t(32 + c)] = c == 7 ? 3e4f : 1e-30f;
        values[size_t(64 + c)] = 1e-42f; // subnormal
        values[size_t(96 + c)] = 3e38f * float(c % 2);
    }
    const dense_weight w("blk.0.ffn_up", 4, 32, values);
    for (const auto & p : { make_params("coo", 8, 0, SD_VALUE_I8, "prng_block", SD_ROW_SCALE_F32),
                            make_params("block", 16, 16, SD_VALUE_F16, "none", SD_ROW_SCALE_F32) }) {
        const auto e = encode_with(w, p); // weight::open inside it refuses anything non-finite
        for (float v : decode_all(*e)) {
            EXPECT_TRUE(std::isfinite(v));
        }
        EXPECT_TRUE(std::isfinite(e->norms.err_w));
    }
}

TEST(builder_encode, i8_scale_beats_plain_maximum_scaling) {
    const dense_weight w = make_weight(1, 512);
    std::vector<int8_t> q(512);
    const uint16_t bits = store_i8(w, 0, w.row(0), nullptr, 512, q.data());
    const float    scale = f16_to_f32(bits);
    float          largest = 0.0f;
    for (int c = 0; c < 512; ++c) {
        largest = std::max(largest, std::fabs(w.row(0)[c]));
    }
    const auto error = [&](float s) {
        double sum = 0.0;
        for (int c = 0; c < 512; ++c) {
            const double v = std::clamp(std::nearbyint(w.row(0)[c] / s), -127.0f, 127.0f);
            sum += square(w.row(0)[c] - v * s);
        }
        return sum;
    };
    EXPECT_LE(error(scale), error(f16_to_f32(f32_to_f16(largest / 127.0f))));
    double stored = 0.0;
    for (int c = 0; c < 512; ++c) {
        stored += square(w.row(0)[c] - double(q[size_t(c)]) * scale);
    }
    EXPECT_DOUBLE_EQ(stored, error(scale));
}

TEST(builder_encode, i8_values_below_the_smallest_f16_scale_are_kept_as_well_as_it_can) {
    std::vector<float> values(16, 1e-6f);
    const dense_weight w("blk.0.ffn_up", 1, 16, values);
    int8_t             q[16];
    EXPECT_EQ(store_i8(w, 0, values.data(), nullptr, 16, q), 1); // 2^-24
    EXPECT_EQ(q[0], 17);
    std::fill(values.begin(), values.end(), 0.0f);
    int8_t untouched[16] = {};
    EXPECT_EQ(store_i8(w, 0, values.data(), nullptr, 16, untouched), 0);
}

TEST(builder_encode, prng_base_reports_the_share_it_really_captures) {
    dense_weight w = make_weight(48, 200);
    const auto   m = make_importance(200);
    w.set_importance(m.data(), 200, 1.0f, 0.0f);
    const auto     options = encode_options::from(make_params("coo", 4, 0, SD_VALUE_F16, "prng_block"));
    const progress watch(nullptr);
    const auto     base = fit_base(w, options, watch);
    const auto     units = row_units(w, options);
    for (bool weighted : { false, true }) {
        double dot = 0.0, signs = 0.0, norm = 0.0;
        for (int64_t r = 0; r < 48; ++r) {
            std::vector<float> row(200, 0.0f);
            base->decoded->add_row(r, row.data());
            for (int64_t c = 0; c < 200; ++c) {
                const double s = (row[size_t(c)] > 0) == (std::get<double>(base->params.at("base.scale")) > 0) ? 1 : -1;
                const double v = weighted ? m[size_t(c)] : 1.0;
                dot += v * w.row(r)[c] * units[size_t(r)] * s;
                signs += v * square(units[size_t(r)]);
                norm += v * square(w.row(r)[c]);
            }
        }
        // ‖W − c W0‖² at the best c
        const double c = dot / signs;
        const double share = 1.0 - (norm - 2 * c * dot + c * c * signs) / norm;
        EXPECT_NEAR(weighted ? base->stats.share_weighted : base->stats.share, share, 1e-12);
        EXPECT_GE(share, 0.0);
        EXPECT_LT(share, 0.01); // random signs capture next to nothing of anything
    }
}

TEST(builder_encode, a_weight_made_of_the_base_is_captured_whole) {
    prng_block_term signs;
    signs.seed = 42;
    signs.tensor_hash = fnv1a64("blk.0.ffn_up");
    signs.scale = 0.25f;
    signs.n_in = 96;
    std::vector<float> values(8 * 96, 0.0f);
    for (int64_t r = 0; r < 8; ++r) {
        signs.add_row(r, values.data() + r * 96);
    }
    const dense_weight w("blk.0.ffn_up", 8, 96, values);
    const auto     options = encode_options::from(make_params("coo", 1, 0, SD_VALUE_F16, "prng_block"));
    const progress watch(nullptr);
    const auto     base = fit_base(w, options, watch);
    EXPECT_NEAR(base->stats.share, 1.0, 1e-12);
    EXPECT_LT(encode(w, *base, options, watch)->norms.err, 1e-3 * 0.25);
}

TEST(builder_encode, parameters_that_make_no_sense_are_usage_errors) {
    const auto refused = [](const sd_encode_params & p) {
        int64_t  bytes = 0;
        sd_error error;
        error.message[0] = 0;
        EXPECT_EQ(sd_payload_plan(64, 96, &p, &bytes, &error), SD_E_USAGE) << error.message;
        return std::string(error.message);
    };
    EXPECT_NE(refused(make_params("zip", 8)).find("unknown scheme 'zip' (known: none, coo, block, codebook)"), std::string::npos);
    EXPECT_NE(refused(make_params("coo", 8, 0, SD_VALUE_F16, "chaos")).find("unknown base kind 'chaos'"), std::string::npos);
    refused(make_params("coo", 0));
    refused(make_params("coo", 97));
    refused(make_params("coo", -1));
    refused(make_params("block", 24, 24));
    EXPECT_NE(refused(make_params("block", 40, 16)).find("multiple of 16 up to 96"), std::string::npos);
    refused(make_params("block", 112, 16));
    refused(make_params("coo", 8, 0, sd_value_type(9)));
    refused(make_params("coo", 8, 0, SD_VALUE_F16, "none", sd_row_scale(9)));
    sd_encode_params unterminated = make_params("coo", 8);
    std::memset(unterminated.scheme, 'x', sizeof unterminated.scheme);
    refused(unterminated);
    auto    p = make_params("coo", 8);
    int64_t bytes = 0;
    EXPECT_EQ(sd_payload_plan(0, 96, &p, &bytes, nullptr), SD_E_USAGE);
    EXPECT_EQ(sd_payload_plan(INT64_MAX, 96, &p, &bytes, nullptr), SD_E_USAGE);
}

TEST(builder_encode, importance_is_checked) {
    dense_weight       w = make_weight(2, 8);
    std::vector<float> m(8, 1.0f);
    EXPECT_THROW(w.set_importance(m.data(), 7, 1, 0), failure);
    m[3] = -1.0f;
    EXPECT_THROW(w.set_importance(m.data(), 8, 1, 0), failure);
    m[3] = NAN;
    EXPECT_THROW(w.set_importance(m.data(), 8, 1, 0), failure);
    std::fill(m.begin(), m.end(), 0.0f);
    EXPECT_THROW(w.set_importance(m.data(), 8, 1, 0), failure);
    EXPECT_NO_THROW(w.set_importance(m.data(), 8, 1, 1e-6f));
    m[3] = 1e30f;
    EXPECT_THROW(w.set_importance(m.data(), 8, 4, 0), failure);
    EXPECT_THROW(w.set_importance(m.data(), 8, NAN, 0), failure);
    std::fill(m.begin(), m.end(), 4.0f);
    w.set_importance(m.data(), 8, 0.5f, 0.25f);
    EXPECT_EQ(w.importance()[0], 2.25f);
}

TEST(builder_encode, a_base_of_another_weight_is_refused) {
    const dense_weight a = make_weight(4, 32, 1, "blk.0.ffn_up"), b = make_weight(4, 32, 1, "blk.1.ffn_up");
    const auto         options = encode_options::from(make_params("coo", 4));
    const progress     watch(nullptr);
    const auto         base = fit_base(a, options, watch);
    EXPECT_THROW(encode(b, *base, options, watch), failure);
    EXPECT_THROW(encode(a, *base, encode_options::from(make_params("coo", 4, 0, SD_VALUE_F16, "prng_block")), watch),
                 failure);
}

TEST(builder_encode, cancelling_ends_it) {
    const dense_weight w = make_weight(256, 64);
    sd_progress        shared = { 0, 0, 1, 0 };
    const progress     watch(&shared);
    const auto         options = encode_options::from(make_params("coo", 4));
    try {
        fit_base(w, options, watch);
        FAIL() << "not cancelled";
    } catch (const failure & e) {
        EXPECT_EQ(e.status, SD_E_CANCELLED);
    }
    shared.cancel = 0;
    shared.done = 0;
    const auto base = fit_base(w, options, watch);
    EXPECT_EQ(shared.done, 256 * 64);
    encode(w, *base, options, watch);
    EXPECT_EQ(shared.done, 2 * 256 * 64);
}
