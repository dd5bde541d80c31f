#pragma once

#include "../codec/trellis.h"

#include <cstdint>

// What a window costs, Σ (x[i] − g[i] · v_i)², in the order of operations that every kernel keeps. Static: an inline
// function with a name of its own could come from the unit of another instruction set. Needs -ffp-contract=off.

namespace seeddelta {

/// cost[i][level] of the levels of n4
static inline void n4_costs(const float * x, const float * g, float (*cost)[16]) {
    for (int i = 0; i < trellis_n4_weights; ++i) {
        for (int level = 0; level < 16; ++level) {
            const float d = x[i] - g[i] * float(2 * trellis_n4[level] - trellis_offset(trellis_family::n4));
            cost[i][level] = d * d;
        }
    }
}

/// h: a mixed window
static inline float n4_cost(const float (*cost)[16], unsigned h) {
    return (cost[0][h & 15] + cost[1][(h >> 4) & 15]) + (cost[2][(h >> 8) & 15] + cost[3][h >> 12]);
}

static inline float n2_cost(const float * x, const float * g, int8_t v0, int8_t v1) {
    const float a = x[0] - g[0] * float(v0);
    const float b = x[1] - g[1] * float(v1);
    return a * a + b * b;
}

} // namespace seeddelta
