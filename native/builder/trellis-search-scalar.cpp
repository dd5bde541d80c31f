#include "trellis-search.h"

// Whatever the compiler's base instruction set is; 16 bytes fit SSE2 and NEON.
#define SEARCH_BYTES 16
#include "trellis-search-kernel.h"

namespace seeddelta {
namespace {

void best_of_groups(const float * metric, int step, float * best) {
    const int n = 1 << step;
    const int groups = trellis_states >> step;
    for (int g = 0; g < groups; ++g) {
        const float * m = metric + g * n;
        float least = m[0];
        for (int i = 1; i < n; ++i) {
            least = m[i] < least ? m[i] : least;
        }
        best[g] = least;
    }
}

void add_n4(const trellis_tables & t, const float * best, int step, const float * x, const float * g, float * metric) {
    float cost[trellis_n4_weights][16];
    n4_costs(x, g, cost);
    const int mask = (trellis_states >> step) - 1;
    for (int w = 0; w < trellis_states; ++w) {
        metric[w] = best[w & mask] + n4_cost(cost, t.mixed[w]);
    }
}

void add_n2(const trellis_tables & t, const float * best, int step, const float * x, const float * g, float * metric) {
    const int mask = (trellis_states >> step) - 1;
    for (int w = 0; w < trellis_states; ++w) {
        metric[w] = best[w & mask] + n2_cost(x, g, t.n2[0][w], t.n2[1][w]);
    }
}

} // namespace

extern const trellis_kernel trellis_kernel_scalar;
const trellis_kernel trellis_kernel_scalar = { "scalar", best_of_groups, add_n4, add_n2, accumulate };

} // namespace seeddelta
