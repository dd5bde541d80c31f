// Base fht_struct: what the fit finds, and what it refuses.

#include "../builder/failure.h"
#include "../codec/f16.h"
#include "../codec/fht.h"
#include "test-weights.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace seeddelta;

namespace {

constexpr uint64_t golden = 0x9e3779b97f4a7c15ull;

/// A weight that is a Hadamard structure with random θ, as trial `trial` of seed 42 would make it.
dense_weight make_structured(int64_t n_out, int64_t n_in, int64_t length, int64_t stacks, int64_t depth, uint64_t trial) {
    const std::string     name = "blk.0.ffn_up";
    std::vector<uint16_t> theta;
    for (int64_t i = 0; i < length * stacks; ++i) {
        theta.push_back(f32_to_f16(float(gaussian_stream(9, "theta", 0).at(uint32_t(i)))));
    }
    fht_term t(42 + trial * golden, fnv1a64(name), n_out, n_in, length, stacks, depth);
    t.set_theta(theta.data(), 0.5f);
    std::vector<float> values(size_t(n_out * n_in), 0.0f);
    for (int64_t r = 0; r < n_out; ++r) {
        t.add_row(r, values.data() + r * n_in);
    }
    return dense_weight(name, n_out, n_in, std::move(values));
}

double share(const dense_weight & w, const sd_encode_params & p) {
    return fit_base(w, encode_options::from(p), progress(nullptr))->stats.share;
}

sd_encode_params unscaled() {
    return make_params("coo", 1, 0, SD_VALUE_F16, "fht_struct", SD_ROW_SCALE_NONE);
}

std::string refusal(const sd_encode_params & p) {
    int64_t  bytes = 0;
    sd_error error = {};
    return sd_payload_plan(100, 100, &p, &bytes, &error) == SD_OK ? "" : error.message;
}

} // namespace

TEST(builder_fht, finds_the_structure_that_made_a_weight) {
    for (int depth : { 1, 2, 3 }) {
        EXPECT_GT(share(make_structured(64, 64, 64, 1, depth, 0), with_stacks(unscaled(), 0, 0, depth)), 0.9999) << depth;
        EXPECT_GT(share(make_structured(60, 64, 64, 3, depth, 0), with_stacks(unscaled(), 0, 3, depth)), 0.999) << depth;
        EXPECT_GT(share(make_structured(128, 50, 128, 1, depth, 0), with_stacks(unscaled(), 128, 1, depth)), 0.99) << depth;
    }
    EXPECT_LT(share(make_structured(64, 64, 64, 1, 2, 0), with_stacks(unscaled(), 0, 0, 1)), 0.2); // another structure
}

TEST(builder_fht, the_best_trial_wins) {
    const dense_weight w = make_structured(64, 64, 64, 1, 2, 2);
    EXPECT_LT(share(w, with_stacks(unscaled(), 0, 0, 2, 0, 2)), 0.2);
    EXPECT_GT(share(w, with_stacks(unscaled(), 0, 0, 2, 0, 3)), 0.9999);
    EXPECT_GT(share(w, with_stacks(unscaled(), 0, 0, 2, 0, 5)), 0.9999);
}

TEST(builder_fht, half_of_the_inputs_are_enough_samples_for_exact_structure) {
    const dense_weight w = make_structured(64, 64, 64, 1, 2, 0);
    EXPECT_GT(share(w, with_stacks(unscaled(), 0, 0, 2, 32)), 0.99);
    EXPECT_LT(share(w, with_stacks(unscaled(), 0, 0, 2, 1)), 0.99);
}

TEST(builder_fht, theta_is_the_least_squares_one_under_importance) {
    dense_weight w = make_weight(40, 64);
    const auto   m = make_importance(64);
    w.set_importance(m.data(), 64, 1.0f, 0.0f);
    const auto fitted = fit_base(w, encode_options::from(with_stacks(unscaled(), 0, 1, 2)), progress(nullptr));
    const auto error = [&](const term & base) {
        double sum = 0.0;
        for (int64_t r = 0; r < 40; ++r) {
            std::vector<float> row(64, 0.0f);
            base.add_row(r, row.data());
            for (int64_t c = 0; c < 64; ++c) {
                const double e = double(w.row(r)[c]) - double(row[size_t(c)]);
                sum += double(m[size_t(c)]) * e * e;
            }
        }
        return sum;
    };
    const double          best = error(*fitted->decoded);
    const float           scale = float(std::get<double>(fitted->params.at("base.scale")));
    std::vector<uint16_t> theta(64);
    std::memcpy(theta.data(), fitted->data[0].data(), 128);
    for (size_t k = 0; k < 64; k += 9) { // no single θ can be moved to the better
        for (float step : { -0.05f, 0.05f }) {
            auto moved = theta;
            moved[k] = f32_to_f16(f16_to_f32(theta[k]) + step);
            fht_term t(42, fnv1a64(w.name()), 40, 64, 64, 1, 2);
            t.set_theta(moved.data(), scale);
            EXPECT_GT(error(t), best) << k;
        }
    }
}

TEST(builder_fht, threads_do_not_change_a_bit_and_the_digest_is_pinned) {
    dense_weight w = make_weight(70, 100);
    const auto   m = make_importance(100);
    w.set_importance(m.data(), 100, 0.5f, 1e-3f);
    auto        p = with_stacks(make_params("block", 48, 16, SD_VALUE_I8), 0, 2, 2, 90, 3);
    std::string first;
    for (int n_threads : { 1, 2, 4 }) {
        p.n_threads = n_threads;
        const std::string digest = encode_with(w, p)->digest_hex().substr(0, 16);
        first = first.empty() ? digest : first;
        EXPECT_EQ(digest, first);
    }
    EXPECT_EQ(first, "c7c1b22d55f69f6d");
}

TEST(builder_fht, a_base_of_other_sizes_is_refused) {
    const dense_weight w = make_weight(40, 64);
    const auto         one = encode_options::from(with_stacks(unscaled(), 64, 1, 1));
    const auto         two = encode_options::from(with_stacks(unscaled(), 64, 2, 1));
    EXPECT_THROW(encode(w, *fit_base(w, two, progress(nullptr)), one, progress(nullptr)), failure);
}

TEST(builder_fht, sizes_that_do_not_fit_are_refused) {
    EXPECT_EQ(refusal(with_stacks(unscaled(), 128, 100, 64, 1, 65536)), "");
    EXPECT_EQ(refusal(with_stacks(unscaled(), 0, 1000000, 1)), ""); // one stack per row at most
    EXPECT_NE(refusal(with_stacks(unscaled(), 64, 1, 1)).find("choose a power of two from 128"), std::string::npos);
    EXPECT_NE(refusal(with_stacks(unscaled(), 129, 1, 1)).find("choose a power of two from 128"), std::string::npos);
    EXPECT_NE(refusal(with_stacks(unscaled(), 1 << 21, 1, 1)).find("choose a power of two"), std::string::npos);
    EXPECT_NE(refusal(with_stacks(unscaled(), -1, 1, 1)).find("must not be negative"), std::string::npos);
    EXPECT_NE(refusal(with_stacks(unscaled(), 0, 1, 65)).find("choose 1 to 64"), std::string::npos);
    EXPECT_NE(refusal(with_stacks(unscaled(), 0, 1, 1, 0, 65537)).find("base_perm_trials"), std::string::npos);
}
