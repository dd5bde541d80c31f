// Every kernel set that this machine can run, against weight::decode_row and a dot product in double.

#include "kernel-run.h"
#include "random-payload.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

using namespace seeddelta;

namespace {

/// `count` floats that end exactly at a page nobody may touch, so that reading one past the end faults.
class guarded_floats {
  public:
    explicit guarded_floats(size_t count) {
        const size_t page = size_t(sysconf(_SC_PAGESIZE));
        size_ = (count * sizeof(float) + page - 1) / page * page + page;
        base_ = static_cast<char *>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        mprotect(base_ + size_ - page, page, PROT_NONE);
        data_ = reinterpret_cast<float *>(base_ + size_ - page - count * sizeof(float));
    }
    ~guarded_floats() { munmap(base_, size_); }
    guarded_floats(const guarded_floats &) = delete;
    guarded_floats & operator=(const guarded_floats &) = delete;
    float * data() { return data_; }

  private:
    size_t  size_ = 0;
    char *  base_ = nullptr;
    float * data_ = nullptr;
};

void check(random_payload & r, int64_t n_tok) {
    const auto w = weight::open(r.p);
    guarded_floats x(size_t(n_tok * w->n_in()));
    for (int64_t i = 0; i < n_tok * w->n_in(); ++i) {
        x.data()[i] = r.uniform(-2.0f, 2.0f);
    }
    for (const auto * set : runnable_sets()) {
        SCOPED_TRACE(std::string(set->name) + " " + r.p.scheme + " on " + r.p.base_kind + ", n_in " +
                     std::to_string(w->n_in()) + ", tokens " + std::to_string(n_tok));
        const auto y = run_kernels(*w, *set, x.data(), n_tok, 1);
        std::vector<float> row(size_t(w->n_in()));
        for (int64_t o = 0; o < w->n_out(); ++o) {
            w->decode_row(o, row.data());
            for (int64_t k = 0; k < n_tok; ++k) {
                const float * xk = x.data() + k * w->n_in();
                double        expected = 0;
                for (int64_t i = 0; i < w->n_in(); ++i) {
                    expected += double(row[i]) * xk[i];
                }
                const double summed = w->base().summed_length(o) + w->residual().summed_length(o);
                const double length = norm(row.data(), w->n_in()) + std::fabs(w->row_scale(o)) * summed;
                const double tolerance = double(w->kernel_tolerance()) * length * norm(xk, w->n_in()) + 1e-12;
                ASSERT_NEAR(expected, y[k * w->n_out() + o], tolerance) << "row " << o << " token " << k;
            }
        }
        for (int threads : { 2, 4, 8 }) {
            ASSERT_EQ(y, run_kernels(*w, *set, x.data(), n_tok, threads)) << threads << " threads differ from one";
        }
    }
}

const int64_t batches[] = { 1, 2, 15, 16, 17, 33 };

} // namespace

TEST(kernels, coo_matches_the_oracle_for_every_tail) {
    uint32_t seed = 1;
    for (int64_t k = 1; k <= 33; ++k) {
        random_payload r(19, 100, ++seed);
        check(r.coo(k, k % 2 == 0), batches[k % 6]);
    }
}

TEST(kernels, coo_reaches_inputs_beyond_16_bits) {
    random_payload r(3, 70001, 5);
    check(r.coo(40, false), 1);
    random_payload batch(3, 70001, 6);
    check(batch.coo(40, false), 3);
}

TEST(kernels, block_matches_the_oracle_for_every_tail) {
    uint32_t seed = 100;
    for (int64_t block : { 16, 32, 64 }) {
        for (int64_t n_in = 3 * block - 17; n_in <= 3 * block + 1; ++n_in) {
            random_payload r(18, n_in, ++seed);
            check(r.block(block, (n_in + block - 1) / block, n_in % 2 == 0), batches[n_in % 6]);
        }
    }
}

TEST(kernels, prng_base_matches_the_oracle_for_every_tail) {
    uint32_t seed = 200;
    for (int64_t n_in = 1; n_in <= 300; n_in += 7) {
        random_payload r(5, n_in, ++seed);
        check(r.prng_base(0.37f).coo(1, false), batches[n_in % 6]);
    }
}

TEST(kernels, searched_base_matches_the_oracle_for_every_tail) {
    uint32_t seed = 250;
    for (int64_t inputs = 4; inputs <= 64; inputs += 4) {
        for (int64_t n_in : { int64_t(1), inputs - 1, inputs, int64_t(129), int64_t(150 + inputs) }) {
            random_payload r(5, n_in, ++seed);
            check(r.searched_base(inputs % 8 == 0 ? 65536 : 17, inputs).coo(1, false), batches[seed % 6]);
        }
    }
    random_payload whole(64, 1536, ++seed);
    check(whole.searched_base(4096, 12).block(32, 6, true), 5);
}

TEST(kernels, fht_base_matches_the_oracle_for_every_shape) {
    uint32_t seed = 300;
    for (int64_t length : { 2, 8, 16, 32, 256 }) {
        for (int64_t depth : { 1, 2, 3, 4 }) {
            for (int64_t n_tok : batches) {
                random_payload r(2 * length - 1, length - length / 3, ++seed);
                check(r.fht_base(length, 2 + n_tok % 2, depth).coo(1, false), n_tok);
            }
        }
    }
    random_payload whole(576, 1536, ++seed);
    check(whole.fht_base(2048, 1, 2).block(32, 6, true), 5);
}

TEST(kernels, codebook_matches_the_oracle_for_every_tail) {
    uint32_t seed = 400;
    for (int64_t atoms : { 1, 15, 16, 17, 40 }) {
        for (int64_t n_in : { 1, 15, 17, 100, 255, 257, 530 }) {
            random_payload r(19, n_in, ++seed);
            check(r.codebook(atoms - atoms / 3, atoms), batches[seed % 6]);
        }
    }
    random_payload many(3, 20, ++seed); // more codes than are widened at a time
    check(many.codebook(300, 320), 3);
    random_payload on_stacks(40, 60, ++seed);
    check(on_stacks.fht_base(64, 2, 2).codebook(7, 20), 17);
    random_payload on_seeds(40, 60, ++seed);
    check(on_seeds.searched_base(100, 8).codebook(7, 20), 1);
}

TEST(kernels, trellis_base_matches_the_oracle_for_every_step_and_tail) {
    uint32_t seed = 400;
    for (const auto family : { trellis_family::n4, trellis_family::n2 }) {
        for (int step = 4; step <= 10; ++step) {
            if (!is_trellis_rate(family, step)) {
                continue;
            }
            for (int64_t n_tok : batches) {
                random_payload r(37 + 19 * n_tok % 60, 6 + 8 * (n_tok % 3), ++seed);
                check(r.trellis_base(family, step, 32, 2).no_residual(), n_tok);
            }
        }
    }
    random_payload whole(96, 1536, ++seed);
    check(whole.trellis_base(trellis_family::n4, 8, 64, 512).coo(7, true), 5);
}

/// The tolerance of the oracle is wide because inputs are rounded to 8 bits. What all kernels make of the rounded ones is
/// the same integers, and a token's result does not depend on its batch.
TEST(kernels, trellis_sets_agree_far_below_the_rounding) {
    const int64_t n_tok = 35;
    random_payload r(600, 200, 500);
    for (const auto & rate : { std::pair(trellis_family::n4, 6), std::pair(trellis_family::n4, 8), std::pair(trellis_family::n2, 5) }) {
        random_payload one = r;
        const auto     w = weight::open(one.trellis_base(rate.first, rate.second, 288, 8).no_residual().p);
        std::vector<float> x(size_t(n_tok * w->n_in()));
        for (auto & v : x) {
            v = one.uniform(-2.0f, 2.0f);
        }
        const auto scalar = run_kernels(*w, *runnable_sets().front(), x.data(), n_tok, 1);
        for (const auto * set : runnable_sets()) {
            SCOPED_TRACE(set->name);
            const auto y = run_kernels(*w, *set, x.data(), n_tok, 2);
            for (size_t i = 0; i < y.size(); ++i) {
                ASSERT_NEAR(scalar[i], y[i], 1e-4) << i;
            }
            for (int64_t k : { int64_t(0), n_tok - 1 }) {
                const auto alone = run_kernels(*w, *set, x.data() + k * w->n_in(), 1, 1);
                ASSERT_EQ(alone, std::vector<float>(y.begin() + k * w->n_out(), y.begin() + (k + 1) * w->n_out())) << k;
            }
        }
    }
}

TEST(kernels, real_shapes) {
    for (int64_t n_tok : { 1, 5, 64 }) {
        random_payload gate(64, 576, 11);
        check(gate.prng_base(0.2f).block(32, 6, true), n_tok);
        random_payload down(40, 1536, 12);
        check(down.coo(96, false), n_tok);
    }
}

TEST(kernels, a_non_finite_result_is_replaced_and_counted) {
    class constant final : public row_fallback {
        float dot(int64_t row, const float *) const override { return row == 2 ? NAN : float(row); }
    } fallback;

    random_payload r(4, 64, 13);
    r.coo(8, false);
    const auto         w = weight::open(r.p);
    std::vector<float> x(64, INFINITY);
    std::vector<float> y(4, 7.0f);
    matmul_job         job;
    job.w = w.get();
    job.kernels = runnable_sets().front();
    job.x = x.data();
    job.x_stride = 64;
    job.n_tok = 1;
    job.y = y.data();
    job.y_stride = 4;
    EXPECT_EQ(4, matmul_rows(job, 0, 4));
    EXPECT_EQ(std::vector<float>(4, 0.0f), y);
    job.fallback = &fallback;
    EXPECT_EQ(4, matmul_rows(job, 0, 4));
    EXPECT_EQ((std::vector<float>{ 0.0f, 1.0f, 0.0f, 3.0f }), y);
}
