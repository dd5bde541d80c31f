// Compiled once per instruction set with SYRK_BYTES (of a vector register) and SYRK_ROWS (accumulator rows, two
// registers each) defined. Needs -ffp-contract=off: a fused multiply-add would change the bits.

#include "collect-syrk.h"

#include <cstring>

namespace seeddelta {
namespace {

typedef float lanes __attribute__((vector_size(SYRK_BYTES)));
typedef double wide_lanes __attribute__((vector_size(2 * SYRK_BYTES)));
constexpr int64_t n_lanes = SYRK_BYTES / int64_t(sizeof(float));

inline void load(lanes & v, const float * p) {
    std::memcpy(&v, p, sizeof v);
}

inline void add_to(double * p, const lanes & v) {
    wide_lanes sum;
    std::memcpy(&sum, p, sizeof sum);
    sum += __builtin_convertvector(v, wide_lanes);
    std::memcpy(p, &sum, sizeof sum);
}

/// SYRK_ROWS × 2 n_lanes elements of one block.
inline void multiply(const float * a, const float * b, double * acc) {
    lanes sum[SYRK_ROWS][2] = {};
    for (int64_t t = 0; t < syrk_block; ++t) {
        lanes b0, b1;
        load(b0, b + t * syrk_panel);
        load(b1, b + t * syrk_panel + n_lanes);
        for (int64_t i = 0; i < SYRK_ROWS; ++i) {
            const float x = a[t * syrk_panel + i];
            sum[i][0] += x * b0;
            sum[i][1] += x * b1;
        }
    }
    for (int64_t i = 0; i < SYRK_ROWS; ++i) {
        add_to(acc + i * syrk_panel, sum[i][0]);
        add_to(acc + i * syrk_panel + n_lanes, sum[i][1]);
    }
}

void syrk_tile(const float * a, const float * b, int64_t n_blocks, bool diagonal, double * acc) {
    constexpr int64_t step = 2 * n_lanes;
    static_assert(syrk_panel % step == 0 && syrk_panel % SYRK_ROWS == 0, "the panel is whole register tiles");
    for (int64_t block = 0; block < n_blocks; ++block) {
        const float * pa = a + block * syrk_block * syrk_panel;
        const float * pb = b + block * syrk_block * syrk_panel;
        for (int64_t r = 0; r < syrk_panel; r += SYRK_ROWS) {
            for (int64_t c = diagonal ? r / step * step : 0; c < syrk_panel; c += step) {
                multiply(pa + r, pb + c, acc + r * syrk_panel + c);
            }
        }
    }
}

} // namespace
} // namespace seeddelta
