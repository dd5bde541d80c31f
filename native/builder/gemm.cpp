#include "metrics.h"

#include <cstring>

namespace seeddelta {

namespace {

/// Four samples; each lane is an ordinary f32 sum over the inputs in order. The compiler keeps them in registers on any
/// machine, and a wider one would give the same bits.
using lanes = float __attribute__((vector_size(16)));

constexpr int64_t n_lanes = 4;
constexpr int64_t n_groups = gemm_columns / n_lanes;

} // namespace

void gemm_pair(const float * w, const float * w_hat, int64_t n_in, const float * x, int64_t n_columns, float * y,
               float * y_hat) {
    for (int64_t first = 0; first < n_columns; first += gemm_columns) {
        lanes a[n_groups] = {};
        lanes b[n_groups] = {};
        for (int64_t c = 0; c < n_in; ++c) {
            const float * column = x + c * n_columns + first;
            for (int64_t g = 0; g < n_groups; ++g) {
                lanes v;
                std::memcpy(&v, column + g * n_lanes, sizeof v);
                a[g] += v * w[c];
                b[g] += v * w_hat[c];
            }
        }
        std::memcpy(y + first, a, sizeof a);
        std::memcpy(y_hat + first, b, sizeof b);
    }
}

} // namespace seeddelta
