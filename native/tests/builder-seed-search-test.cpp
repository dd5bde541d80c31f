// Base prng_block with a seed search: what the search finds, and that nothing but the weight decides it.

#include "../builder/failure.h"
#include "../builder/seed-search.h"
#include "../codec/terms.h"
#include "../op/kernels.h"
#include "test-weights.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace seeddelta;

namespace {

sd_encode_params search_params(int n_seeds, int inputs) {
    return with_search(make_params("coo", 1), n_seeds, inputs);
}

std::unique_ptr<const fitted_base> fit(const dense_weight & w, const sd_encode_params & p) {
    return fit_base(w, encode_options::from(p), progress(nullptr));
}

/// Σ m (W / s0 − W0)² over one block.
double block_error(const dense_weight & w, const fitted_base & base, int64_t row, int64_t first, int64_t n) {
    std::vector<float> w0(size_t(w.n_in()), 0.0f);
    base.decoded->add_row(row, w0.data());
    double error = 0.0;
    for (int64_t c = first; c < first + n; ++c) {
        const double e = double(w.row(row)[c]) / double(base.units[size_t(row)]) - double(w0[size_t(c)]);
        error += (w.importance() ? double(w.importance()[c]) : 1.0) * e * e;
    }
    return error;
}

/// The smallest such error of all candidates and all pairs of coefficients.
double least_error(const dense_weight & w, const fitted_base & base, int64_t row, int64_t first, int64_t n, int n_seeds,
                   int64_t inputs) {
    prng_block_term t;
    t.scale = float(std::get<double>(base.params.at("base.scale")));
    t.n_in = n;
    t.searched = inputs;
    t.n_blocks = 1;
    t.word_key = prng_row_key(42, fnv1a64(w.name()), 0);
    double best = 1e300;
    for (int s = 0; s < n_seeds; ++s) {
        for (int q = 0; q < 256; ++q) {
            const auto candidate = uint16_t(s);
            const auto coefficients = uint8_t(q);
            std::vector<float> w0(size_t(n), 0.0f);
            t.candidate = &candidate;
            t.coefficients = &coefficients;
            t.add_row(0, w0.data());
            double error = 0.0;
            for (int64_t c = 0; c < n; ++c) {
                const double e =
                    double(w.row(row)[first + c]) / double(base.units[size_t(row)]) - double(w0[size_t(c)]);
                error += (w.importance() ? double(w.importance()[first + c]) : 1.0) * e * e;
            }
            best = std::min(best, error);
        }
    }
    return best;
}

std::string refusal(const sd_encode_params & p) {
    int64_t bytes = 0;
    sd_error error = {};
    return sd_payload_plan(100, 100, &p, &bytes, &error) == SD_OK ? "" : error.message;
}

} // namespace

TEST(builder_seed_search, comes_close_to_the_best_of_all_candidates_and_coefficients) {
    for (bool weighted : { false, true }) {
        dense_weight w = make_weight(6, 27); // the last block is short
        const auto m = make_importance(27);
        if (weighted) {
            w.set_importance(m.data(), 27, 1.0f, 0.0f);
        }
        for (int n_seeds : { 1, 33, 60 }) {
            const auto base = fit(w, search_params(n_seeds, 8));
            double found = 0.0, least = 0.0;
            for (int64_t r = 0; r < 6; ++r) {
                for (int64_t c = 0; c < 27; c += 8) {
                    const int64_t n = std::min<int64_t>(8, 27 - c);
                    const double here = block_error(w, *base, r, c, n);
                    const double best = least_error(w, *base, r, c, n, n_seeds, 8);
                    EXPECT_GE(here, best * (1 - 1e-5));
                    found += here;
                    least += best;
                }
            }
            EXPECT_LT(found, 1.08 * least) << n_seeds << weighted;
        }
    }
}

TEST(builder_seed_search, captures_more_with_more_seeds_and_smaller_blocks) {
    const dense_weight w = make_weight(32, 96);
    double previous = 0.2;
    for (int n_seeds : { 16, 256, 4096 }) {
        const double share = fit(w, search_params(n_seeds, 12))->stats.share;
        EXPECT_GT(share, previous + 0.03) << n_seeds;
        previous = share;
    }
    EXPECT_GT(fit(w, search_params(4096, 8))->stats.share, previous + 0.03);
    EXPECT_LT(fit(w, search_params(4096, 24))->stats.share, previous - 0.03);
}

TEST(builder_seed_search, follows_the_importance_or_the_diagonal_of_the_second_moments) {
    const auto p = search_params(512, 12);
    dense_weight plain = make_weight(32, 96), weighted = make_weight(32, 96), moments = make_weight(32, 96);
    const auto m = make_importance(96);
    weighted.set_importance(m.data(), 96, 1.0f, 0.0f);
    std::vector<float> packed;
    for (int i = 0; i < 96; ++i) {
        for (int j = i; j < 96; ++j) {
            packed.push_back(i == j ? m[size_t(i)] : 0.0f);
        }
    }
    moments.set_moments(std::make_shared<second_moments>(96, packed.data(), 1000, nullptr, 0));
    EXPECT_EQ(fit(moments, p)->data, fit(weighted, p)->data);
    const auto without = fit(plain, p);
    plain.set_importance(m.data(), 96, 1.0f, 0.0f);
    const auto share = captured_share(plain, without->units, *without->decoded, 1);
    EXPECT_GT(fit(weighted, p)->stats.share_weighted, share.share_weighted + 0.05);
}

TEST(builder_seed_search, the_instruction_set_does_not_change_a_bit) {
    constexpr int64_t inputs = 12, targets = 8;
    std::vector<float> a(targets * inputs), u(2 * inputs * search_chunk), g(6 * search_chunk);
    const gaussian_stream random(5, "search", 0);
    uint32_t at = 0;
    for (auto * v : { &a, &u, &g }) {
        for (float & e : *v) {
            e = float(random.at(++at));
        }
    }
    g[100] = NAN; // a candidate whose equations cannot be solved
    const search_tables tables = { u.data(),
                                   g.data(),
                                   g.data() + search_chunk,
                                   g.data() + 2 * search_chunk,
                                   g.data() + 3 * search_chunk,
                                   g.data() + 4 * search_chunk,
                                   g.data() + 5 * search_chunk };
    int n = 0, n_sets = 0;
    const auto * kernels = all_search_kernels(&n);
    const auto sets = all_kernel_sets(&n_sets);
    std::vector<search_best> first;
    for (int i = 0; i < n; ++i) {
        int s = 0;
        while (s < n_sets && std::strcmp(kernels[i].name, sets[s]->name) != 0) {
            ++s;
        }
        ASSERT_LT(s, n_sets) << kernels[i].name;
        if (!sets[s]->supported()) {
            continue;
        }
        std::vector<search_best> best(targets);
        std::memset(best.data(), 0, targets * sizeof best[0]);
        kernels[i].run(a.data(), targets, inputs, tables, 512, search_chunk, best.data());
        first = first.empty() ? best : first;
        EXPECT_EQ(std::memcmp(first.data(), best.data(), targets * sizeof best[0]), 0) << kernels[i].name;
    }
    float most = 0.0f;
    for (float gain : first[0].gain) {
        EXPECT_TRUE(std::isfinite(gain));
        most = std::max(most, gain);
    }
    EXPECT_GT(most, 0.0f);
}

TEST(builder_seed_search, threads_do_not_change_a_bit_and_the_digest_is_pinned) {
    dense_weight w = make_weight(70, 100);
    const auto m = make_importance(100);
    w.set_importance(m.data(), 100, 0.5f, 1e-3f);
    auto p = with_search(make_params("block", 48, 16, SD_VALUE_I8), 1000, 12);
    std::string first;
    for (int n_threads : { 1, 2, 4 }) {
        p.n_threads = n_threads;
        const std::string digest = encode_with(w, p)->digest_hex().substr(0, 16);
        first = first.empty() ? digest : first;
        EXPECT_EQ(digest, first);
    }
    EXPECT_EQ(first, "d8e46030867007b8");
}

TEST(builder_seed_search, planned_bytes_are_the_bytes_made) {
    const dense_weight w = make_weight(37, 100);
    for (int inputs : { 4, 12, 64 }) {
        const auto p = search_params(16, inputs);
        int64_t planned = 0;
        ASSERT_EQ(sd_payload_plan(37, 100, &p, &planned, nullptr), SD_OK);
        EXPECT_EQ(planned, 37 * (2 + 2 + 2 + 3 * ((100 + inputs - 1) / inputs)));
        EXPECT_EQ(planned, int64_t(encode_with(w, p)->view.size_bytes()));
    }
}

TEST(builder_seed_search, awkward_weights_give_finite_payloads) {
    std::vector<float> values(5 * 40, 0.0f);
    for (int c = 0; c < 40; ++c) {
        values[size_t(40 + c)] = c == 7 ? 3e4f : 1e-30f;
        values[size_t(80 + c)] = 1e-42f; // subnormal
        values[size_t(120 + c)] = 1e38f * float(c % 2);
        values[size_t(160 + c)] = 1.0f;
    }
    dense_weight w("blk.0.ffn_up", 5, 40, values);
    const auto m = make_importance(40);
    for (bool weighted : { false, true }) {
        if (weighted) {
            auto some = m;
            std::fill(some.begin(), some.begin() + 12, 0.0f); // a block that does not matter
            some[13] = 1e30f;
            w.set_importance(some.data(), 40, 1.0f, 0.0f);
        }
        for (sd_row_scale scale : { SD_ROW_SCALE_F32, SD_ROW_SCALE_NONE }) {
            auto p = search_params(64, 12);
            p.row_scale = scale;
            if (scale == SD_ROW_SCALE_NONE) {
                const auto base = fit(w, p); // values of this size fit no f16 residual
                EXPECT_GE(base->stats.share, 0.0);
                continue;
            }
            const auto e = encode_with(w, p);
            for (float v : decode_all(*e)) {
                EXPECT_TRUE(std::isfinite(v));
            }
            EXPECT_EQ(e->view.find("row_scale")->as<float>()[0], 0.0f);
        }
    }
    const dense_weight nothing("blk.0.ffn_up", 2, 16, std::vector<float>(32, 0.0f));
    EXPECT_EQ(encode_with(nothing, search_params(64, 12))->norms.hat, 0.0);
}

TEST(builder_seed_search, progress_and_cancelling) {
    const dense_weight w = make_weight(64, 70);
    sd_progress shared = { 0, 0, 0, 0 };
    const auto options = encode_options::from(search_params(64, 12));
    fit_base(w, options, progress(&shared));
    EXPECT_EQ(shared.done, 64 * 70);
    shared.cancel = 1;
    try {
        fit_base(w, options, progress(&shared));
        FAIL() << "not cancelled";
    } catch (const failure & e) {
        EXPECT_EQ(e.status, SD_E_CANCELLED);
    }
}

TEST(builder_seed_search, parameters_that_make_no_sense_are_usage_errors) {
    EXPECT_EQ(refusal(search_params(65536, 64)), "");
    EXPECT_NE(refusal(search_params(65537, 8)).find("choose 0 to 65536"), std::string::npos);
    EXPECT_NE(refusal(search_params(-1, 8)).find("choose 0 to 65536"), std::string::npos);
    EXPECT_NE(refusal(search_params(8, 10)).find("choose a multiple of 4 up to 64"), std::string::npos);
    EXPECT_NE(refusal(search_params(8, 68)).find("choose a multiple of 4 up to 64"), std::string::npos);
    EXPECT_NE(refusal(search_params(8, -4)).find("choose a multiple of 4 up to 64"), std::string::npos);
}
