// What kernels prepare from activations is shared only while the activations are the same, bit for bit.

#include "../codec/registry.h"
#include "kernel-run.h"
#include "random-payload.h"

using namespace seeddelta;

namespace {

constexpr int64_t n_in = 200;
constexpr int64_t n_out = 300;

std::atomic<int> n_prepared{ 0 };
const term_kernel * real_bases = nullptr;

/// The slowest kernels, counting how often one unit of a base is prepared.
kernel_set counting_set(std::vector<term_kernel> & bases) {
    int n = 0;
    auto set = *all_kernel_sets(&n)[0];
    real_bases = set.bases;
    bases.assign(set.bases, set.bases + base_rows().size());
    auto & fht = bases[size_t(base_kind::fht_struct)];
    fht.prepare = [](const term & t, const float * x, int64_t x_stride, int64_t n_tok, int64_t lanes, int64_t unit,
                     void * z) {
        ++n_prepared;
        real_bases[size_t(base_kind::fht_struct)].prepare(t, x, x_stride, n_tok, lanes, unit, z);
    };
    set.bases = bases.data();
    return set;
}

std::vector<float> random_x(int64_t n_tok, uint32_t seed) {
    std::mt19937 rng(seed);
    std::vector<float> x(size_t(n_tok * n_in));
    for (auto & v : x) {
        v = std::uniform_real_distribution<float>(-2.0f, 2.0f)(rng);
    }
    return x;
}

class prepared_input_test : public testing::TestWithParam<std::tuple<int, int>> {
  protected:
    std::vector<term_kernel> bases;
    kernel_set set = counting_set(bases);
    random_payload gate{ n_out, n_in, 1 }, other{ n_out, n_in, 2 }, plain{ n_out, n_in, 3 },
        bare{ n_out, n_in, 4 };
    int64_t n_tok = std::get<0>(GetParam());
    int n_threads = std::get<1>(GetParam());
    prepared_input memory;

    prepared_input_test() {
        gate.fht_base(256, 2, 2).coo(5, false);
        other.fht_base(256, 2, 2).block(16, 3, true);
        plain.coo(9, true);
        bare.fht_base(256, 2, 2).no_residual();
    }

    /// Through `memory`, against memory that nobody used before; returns how many units were prepared.
    int compare(const weight & w, const std::vector<float> & x) {
        n_prepared = 0;
        const auto y = run_kernels(w, set, x.data(), n_tok, n_threads, memory);
        const int n = n_prepared;
        EXPECT_EQ(run_kernels(w, set, x.data(), n_tok, 1), y);
        return n;
    }

    int all_units() const { return int((n_tok + tile_tokens - 1) / tile_tokens * 2); }
};

} // namespace

TEST_P(prepared_input_test, equal_keys_share_and_other_keys_do_not) {
    const auto a = weight::open(gate.p);
    const auto b = weight::open(gate.p); // what up is to gate: another weight that prepares the same
    const auto c = weight::open(other.p);
    const auto x = random_x(n_tok, 1);
    EXPECT_EQ(all_units(), compare(*a, x));
    EXPECT_EQ(0, compare(*b, x));
    EXPECT_EQ(all_units(), compare(*c, x));
    EXPECT_EQ(all_units(), compare(*a, x));
    const auto copy = x;
    EXPECT_EQ(0, compare(*b, copy)) << "the same bits at another address";
}

TEST_P(prepared_input_test, new_data_at_the_same_address_is_seen) {
    const auto a = weight::open(gate.p);
    auto x = random_x(n_tok, 2);
    compare(*a, x);
    for (size_t at : { size_t(0), x.size() / 2, x.size() - 1 }) {
        x[at] = std::nextafter(x[at], 9.0f);
        EXPECT_EQ(all_units(), compare(*a, x)) << "element " << at;
        EXPECT_EQ(0, compare(*a, x));
    }
    x[0] = 0.0f;
    compare(*a, x);
    x[0] = -0.0f;
    EXPECT_EQ(all_units(), compare(*a, x)) << "bits are compared, not numbers";
}

/// A weight whose terms all prepare their input keeps no copy of a batch.
TEST_P(prepared_input_test, fingerprints_tell_inputs_apart_too) {
    const auto a = weight::open(bare.p);
    const auto tiles = weight::open(gate.p);
    auto x = random_x(n_tok, 6);
    EXPECT_EQ(all_units(), compare(*a, x));
    EXPECT_EQ(0, compare(*a, x));
    for (size_t at = 0; at < x.size(); at += 97) {
        const float was = x[at];
        x[at] = std::nextafter(was, 9.0f);
        ASSERT_EQ(all_units(), compare(*a, x)) << "element " << at;
        ASSERT_EQ(0, compare(*a, x));
        x[at] = was;
        ASSERT_EQ(all_units(), compare(*a, x));
    }
    std::swap(x[0], x[1]);
    EXPECT_EQ(all_units(), compare(*a, x));
    x[0] = 0.0f;
    compare(*a, x);
    x[0] = -0.0f;
    EXPECT_EQ(all_units(), compare(*a, x)) << "bits are compared, not numbers";
    compare(*tiles, random_x(n_tok, 7));
    EXPECT_EQ(all_units(), compare(*a, x));
    EXPECT_EQ(all_units(), compare(*tiles, random_x(n_tok, 7)));
}

TEST_P(prepared_input_test, a_job_between_that_prepares_nothing_hides_no_change) {
    const auto a = weight::open(gate.p);
    const auto b = weight::open(plain.p);
    compare(*a, random_x(n_tok, 3));
    compare(*b, random_x(n_tok, 4)); // a batch lays x out here
    EXPECT_EQ(all_units(), compare(*a, random_x(n_tok, 4)));
    compare(*b, random_x(n_tok, 4));
    EXPECT_EQ(0, compare(*a, random_x(n_tok, 4)));
}

TEST_P(prepared_input_test, shapes_and_memories_may_alternate) {
    const auto a = weight::open(gate.p);
    random_payload small(40, 100, 5);
    small.fht_base(128, 1, 1).coo(3, false);
    const auto s = weight::open(small.p);
    prepared_input second;
    for (int round = 0; round < 3; ++round) {
        const auto x = random_x(n_tok, uint32_t(10 + round));
        EXPECT_EQ(all_units(), compare(*a, x));
        for (int64_t n : { n_tok + 1, n_tok + 40, int64_t(1) }) {
            const auto more = random_x(n, 20);
            const auto expected = run_kernels(*a, set, more.data(), n, 1);
            EXPECT_EQ(expected, run_kernels(*a, set, more.data(), n, n_threads, memory));
            EXPECT_EQ(expected, run_kernels(*a, set, more.data(), n, n_threads, second));
        }
        EXPECT_EQ(run_kernels(*s, set, x.data(), n_tok, 1), run_kernels(*s, set, x.data(), n_tok, n_threads, memory));
        compare(*a, x);
    }
}

INSTANTIATE_TEST_SUITE_P(all, prepared_input_test,
                         testing::Combine(testing::Values(1, 2, 16, 33), testing::Values(1, 2, 4, 8)));
