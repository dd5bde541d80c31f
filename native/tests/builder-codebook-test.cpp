// Scheme codebook: what the dictionary finds, and what becomes of data that gives it little to find.

#include "../builder/dictionary.h"
#include "../builder/failure.h"
#include "../codec/f16.h"
#include "test-weights.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace seeddelta;

namespace {

sd_encode_params book(int k, int atoms) {
    return with_atoms(make_params("", k), atoms);
}

/// Rows that are mixes of `used` of `atoms` hidden directions.
dense_weight make_mixed(int64_t n_out, int64_t n_in, int64_t atoms, int64_t used) {
    std::vector<float> values(size_t(n_out * n_in), 0.0f);
    for (int64_t r = 0; r < n_out; ++r) {
        const gaussian_stream mix(7, "mix", r);
        for (int64_t u = 0; u < used; ++u) {
            const int64_t atom = (r * 5 + u * 3) % atoms;
            const gaussian_stream direction(7, "direction", atom);
            for (int64_t c = 0; c < n_in; ++c) {
                values[size_t(r * n_in + c)] += float(mix.at(uint32_t(u)) * direction.at(uint32_t(c)));
            }
        }
    }
    return dense_weight("blk.0.ffn_up", n_out, n_in, std::move(values));
}

double error(const dense_weight & w, const sd_encode_params & p) {
    const auto e = encode_with(w, p);
    return e->norms.err / e->norms.w;
}

std::string refusal(const sd_encode_params & p) {
    int64_t bytes = 0;
    sd_error e = {};
    return sd_payload_plan(100, 100, &p, &bytes, &e) == SD_OK ? "" : e.message;
}

} // namespace

TEST(builder_codebook, finds_the_directions_that_rows_are_mixed_from) {
    EXPECT_LT(error(make_mixed(60, 40, 6, 1), book(1, 6)), 2e-3);
    const double found = error(make_mixed(200, 40, 12, 2), book(2, 12));
    EXPECT_LT(found, 0.35);
    EXPECT_GT(error(make_mixed(200, 40, 12, 2), book(1, 12)), found); // one atom is not enough
    // all rows in a space of three dimensions; atoms that lie close together make much of their rounding to f16
    EXPECT_LT(error(make_mixed(50, 40, 3, 3), book(3, 3)), 0.05);
}

TEST(builder_codebook, more_atoms_and_more_codes_are_better) {
    const dense_weight w = make_weight(96, 48);
    double previous = 1.0;
    for (int k : { 1, 4, 12, 16 }) {
        const double here = error(w, book(k, 16));
        EXPECT_LT(here, previous) << k;
        previous = here;
    }
    EXPECT_LT(error(w, book(4, 48)), error(w, book(4, 16)));
    EXPECT_LT(error(w, book(48, 48)), 0.01); // as many atoms as inputs span everything
}

TEST(builder_codebook, updating_never_makes_the_codes_of_a_round_worse) {
    const dense_weight w = make_weight(64, 40);
    std::vector<float> data(w.row(0), w.row(0) + 64 * 40);
    const progress watch(nullptr);
    dictionary d(data, 64, 40, 12, 1, [](int64_t, float *) { FAIL() << "rows were enough"; });
    const auto squared_error = [&] {
        double sum = 0.0;
        for (int64_t r = 0; r < 64; ++r) {
            for (int64_t c = 0; c < 40; ++c) {
                double e = data[size_t(r * 40 + c)];
                for (int64_t j = r * 3; j < r * 3 + 3; ++j) {
                    e -= double(d.coefficients()[size_t(j)]) * d.atom(d.codes()[size_t(j)])[c];
                }
                sum += e * e;
            }
        }
        return sum;
    };
    double before_last = 0.0;
    for (int round = 0; round < 4; ++round) {
        d.code(3, watch);
        const double coded = squared_error();
        d.update(watch);
        const double updated = squared_error();
        EXPECT_LT(updated, coded * (1 + 1e-6));
        before_last = round == 0 ? coded : before_last;
    }
    EXPECT_LT(squared_error(), 0.9 * before_last);
}

TEST(builder_codebook, follows_the_importance) {
    dense_weight w = make_weight(80, 60);
    const auto m = make_importance(60);
    const auto plain = encode_with(w, book(4, 16));
    w.set_importance(m.data(), 60, 1.0f, 0.0f);
    const auto weighted = encode_with(w, book(4, 16));
    const auto error_of = [&](const stored_payload & p) {
        const auto hat = decode_all(p);
        double sum = 0.0;
        for (size_t i = 0; i < hat.size(); ++i) {
            const double e = double(w.row(0)[i]) - double(hat[i]);
            sum += double(m[i % 60]) * e * e;
        }
        return sum;
    };
    EXPECT_LT(error_of(*weighted), 0.8 * error_of(*plain));
}

TEST(builder_codebook, threads_do_not_change_a_bit_and_the_digest_is_pinned) {
    dense_weight w = make_weight(70, 300);
    const auto m = make_importance(300);
    w.set_importance(m.data(), 300, 0.5f, 1e-3f);
    auto p = book(5, 20);
    std::string first;
    for (int n_threads : { 1, 2, 4 }) {
        p.n_threads = n_threads;
        const std::string digest = encode_with(w, p)->digest_hex().substr(0, 16);
        first = first.empty() ? digest : first;
        EXPECT_EQ(digest, first);
    }
    EXPECT_EQ(first, "3172b12ebb02a1f5");
}

TEST(builder_codebook, awkward_weights_are_coded_all_the_same) {
    std::vector<float> values(6 * 32, 0.0f); // row 0 of zeros, 1 and 2 equal, 3 three times that, 4 tiny, 5 huge
    for (int c = 0; c < 32; ++c) {
        values[size_t(32 + c)] = values[size_t(64 + c)] = float(c % 5) - 2.0f;
        values[size_t(96 + c)] = 3.0f * (float(c % 5) - 2.0f);
        values[size_t(128 + c)] = 1e-42f * float(c);
        values[size_t(160 + c)] = 1e38f * float(c % 2);
    }
    dense_weight w("blk.0.ffn_up", 6, 32, values);
    for (int atoms : { 1, 3, 6, 40 }) { // fewer and more than there are rows
        auto p = book(std::min(atoms, 2), atoms);
        p.row_scale = SD_ROW_SCALE_F32;
        const auto e = encode_with(w, p);
        const auto hat = decode_all(*e);
        for (float v : hat) {
            EXPECT_TRUE(std::isfinite(v));
        }
        EXPECT_EQ(hat[5], 0.0f);
        if (atoms >= 6) {
            EXPECT_NEAR(hat[33], values[33], 2e-3);
            EXPECT_NEAR(hat[97], values[97], 6e-3);
        }
    }
    std::vector<float> some(32, 0.0f);
    some[3] = 1e30f;
    some[4] = 1e-30f;
    w.set_importance(some.data(), 32, 1.0f, 0.0f);
    auto p = book(2, 8);
    p.row_scale = SD_ROW_SCALE_F32;
    for (float v : decode_all(*encode_with(w, p))) {
        EXPECT_TRUE(std::isfinite(v));
    }
    const dense_weight nothing("blk.0.ffn_up", 4, 16, std::vector<float>(64, 0.0f));
    EXPECT_EQ(encode_with(nothing, book(2, 3))->norms.hat, 0.0);
    EXPECT_EQ(encode_with(nothing, book(3, 9))->norms.hat, 0.0);
}

TEST(builder_codebook, planned_bytes_are_the_bytes_made) {
    const dense_weight w = make_weight(37, 100);
    const auto p = book(3, 10);
    int64_t planned = 0;
    ASSERT_EQ(sd_payload_plan(37, 100, &p, &planned, nullptr), SD_OK);
    EXPECT_EQ(planned, 37 * 2 + 100 * 10 * 2 + 37 * 3 * 4);
    EXPECT_EQ(planned, int64_t(encode_with(w, p)->view.size_bytes()));
}

TEST(builder_codebook, progress_and_cancelling) {
    const dense_weight w = make_weight(65, 33);
    const auto options = encode_options::from(book(3, 10));
    const auto base = fit_base(w, options, progress(nullptr));
    sd_progress shared = { 0, 0, 0, 0 };
    encode(w, *base, options, progress(&shared));
    EXPECT_EQ(shared.done, 65 * 33);
    shared.cancel = 1;
    try {
        encode(w, *base, options, progress(&shared));
        FAIL() << "not cancelled";
    } catch (const failure & e) {
        EXPECT_EQ(e.status, SD_E_CANCELLED);
    }
}

TEST(builder_codebook, parameters_that_make_no_sense_are_usage_errors) {
    EXPECT_EQ(refusal(book(65536, 65536)), "");
    EXPECT_NE(refusal(book(1, 0)).find("choose 1 to 65536"), std::string::npos);
    EXPECT_NE(refusal(book(1, 65537)).find("choose 1 to 65536"), std::string::npos);
    EXPECT_NE(refusal(book(0, 8)).find("choose 1 to 8"), std::string::npos);
    EXPECT_NE(refusal(book(9, 8)).find("choose 1 to 8"), std::string::npos);
}
