#include "score.h"

#include "failure.h"
#include "threads.h"

#include <cmath>

namespace seeddelta {

void score(const float * logits, int64_t n_rows, int32_t n_vocab, const int32_t * targets, int n_threads, double * nll) {
    if (n_rows < 0 || n_vocab < 1) {
        fail_usage("scoring needs rows and a vocabulary");
    }
    parallel_for(n_rows, n_threads, [&](int64_t i) {
        const float * row = logits + i * n_vocab;
        const int32_t target = targets[i];
        if (target < 0 || target >= n_vocab) {
            fail_input("token " + std::to_string(target) + " is outside the vocabulary of " + std::to_string(n_vocab));
        }
        float largest = row[0];
        for (int32_t v = 1; v < n_vocab; ++v) {
            largest = std::max(largest, row[v]);
        }
        double sum = 0.0;
        for (int32_t v = 0; v < n_vocab; ++v) {
            sum += std::exp(row[v] - largest); // f32
        }
        nll[i] = -(row[target] - largest - std::log(sum));
    });
}

} // namespace seeddelta
