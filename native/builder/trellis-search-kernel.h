// Compiled once per instruction set with SEARCH_BYTES (of a vector register) defined. Needs -ffp-contract=off: a fused
// multiply-add would change the bits.

#include "trellis-costs.h"

#include <cstring>

namespace seeddelta {
namespace {

typedef float lanes __attribute__((vector_size(SEARCH_BYTES)));
constexpr int64_t n_lanes = SEARCH_BYTES / int64_t(sizeof(float));

inline lanes load(const float * p) {
    lanes v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

inline void store(float * p, const lanes & v) {
    std::memcpy(p, &v, sizeof v);
}

void accumulate(const float * e, int64_t stride, int64_t n, const float * const * coef, int64_t first, int64_t last,
                float * const * acc) {
    for (int64_t r = 0; r < n; r += 2 * n_lanes) {
        lanes sum[4][2];
        for (int i = 0; i < 4; ++i) {
            sum[i][0] = load(acc[i] + r);
            sum[i][1] = load(acc[i] + r + n_lanes);
        }
        for (int64_t j = first; j < last; ++j) {
            const lanes e0 = load(e + j * stride + r);
            const lanes e1 = load(e + j * stride + r + n_lanes);
            for (int i = 0; i < 4; ++i) {
                sum[i][0] += e0 * coef[i][j];
                sum[i][1] += e1 * coef[i][j];
            }
        }
        for (int i = 0; i < 4; ++i) {
            store(acc[i] + r, sum[i][0]);
            store(acc[i] + r + n_lanes, sum[i][1]);
        }
    }
}

} // namespace
} // namespace seeddelta
