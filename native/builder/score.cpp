#include "score.h"

#include "failure.h"
#include "threads.h"

#include <cmath>

namespace seeddelta {

namespace {

/// A row of logits as log-probabilities: ln p(v) = (row[v] − largest) − log_sum.
struct distribution {
    const float * row;
    int32_t       top;
    float         largest;
    double        log_sum;

    double log_p(int32_t v) const { return double(row[v] - largest) - log_sum; }
};

distribution distribution_of(const float * row, int32_t n_vocab) {
    int32_t top = 0;
    for (int32_t v = 1; v < n_vocab; ++v) {
        top = row[v] > row[top] ? v : top;
    }
    const float largest = row[top];
    double      sum     = 0.0;
    for (int32_t v = 0; v < n_vocab; ++v) {
        sum += std::exp(row[v] - largest); // f32
    }
    return { row, top, largest, std::log(sum) };
}

void check_shape(int64_t n_rows, int32_t n_vocab) {
    if (n_rows < 0 || n_vocab < 1) {
        fail_usage("scoring needs rows and a vocabulary");
    }
}

void check_target(int32_t target, int32_t n_vocab) {
    if (target < 0 || target >= n_vocab) {
        fail_input("token " + std::to_string(target) + " is outside the vocabulary of " + std::to_string(n_vocab));
    }
}

} // namespace

void score(const float * logits, int64_t n_rows, int32_t n_vocab, const int32_t * targets, int n_threads, double * nll) {
    check_shape(n_rows, n_vocab);
    parallel_for(n_rows, n_threads, [&](int64_t i) {
        check_target(targets[i], n_vocab);
        const distribution d = distribution_of(logits + i * n_vocab, n_vocab);
        nll[i]               = -(d.row[targets[i]] - d.largest - d.log_sum);
    });
}

void compare(const float * base, const float * model, int64_t n_rows, int32_t n_vocab, const int32_t * targets,
             int n_threads, const comparison & out) {
    check_shape(n_rows, n_vocab);
    parallel_for(n_rows, n_threads, [&](int64_t i) {
        check_target(targets[i], n_vocab);
        const distribution b   = distribution_of(base + i * n_vocab, n_vocab);
        const distribution m   = distribution_of(model + i * n_vocab, n_vocab);
        double             sum = 0.0;
        for (int32_t v = 0; v < n_vocab; ++v) {
            const double log_b = b.log_p(v);
            const float  p     = std::exp(float(log_b));
            if (p != 0.0f) { // a token that the base rules out adds nothing; NaN goes on
                sum += p * (log_b - m.log_p(v));
            }
        }
        out.kld[i]       = sum < 0.0 ? 0.0 : sum; // rounding only: the sum of exact terms is not negative
        out.p_base[i]    = std::exp(b.log_p(targets[i]));
        out.p_model[i]   = std::exp(m.log_p(targets[i]));
        out.same_top1[i] = b.top == m.top && !std::isnan(sum);
    });
}

} // namespace seeddelta
