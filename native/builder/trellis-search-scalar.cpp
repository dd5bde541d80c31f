#include "trellis-search.h"

// Whatever the compiler's base instruction set is; 16 bytes fit SSE2 and NEON.
#define SEARCH_BYTES 16
#include "trellis-search-kernel.h"

namespace seeddelta {
namespace {

void best_of_groups(const float * metric, int step, float * best, uint16_t * back) {
    const int n = 1 << step;
    const int groups = trellis_states >> step;
    for (int g = 0; g < groups; ++g) {
        const float * m = metric + g * n;
        float least = m[0];
        for (int i = 1; i < n; ++i) {
            least = m[i] < least ? m[i] : least;
        }
        int at = 0;
        while (m[at] != least) {
            ++at;
        }
        best[g] = least;
        back[g] = uint16_t(at);
    }
}

void add_n4(const trellis_tables & t, const float * best, int step, const float * x, const float * g, float * metric) {
    float cost[trellis_n4_weights][16];
    n4_costs(x, g, cost);
    const int mask = (trellis_states >> step) - 1;
    for (int w = 0; w < trellis_states; ++w) {
        const unsigned h = t.mixed[w];
        metric[w] =
            best[w & mask] + ((cost[0][h & 15] + cost[1][(h >> 4) & 15]) + (cost[2][(h >> 8) & 15] + cost[3][h >> 12]));
    }
}

void add_n2(const trellis_tables & t, const float * best, int step, const float * x, const float * g, float * metric) {
    const int mask = (trellis_states >> step) - 1;
    for (int w = 0; w < trellis_states; ++w) {
        const float a = x[0] - g[0] * float(t.n2[0][w]);
        const float b = x[1] - g[1] * float(t.n2[1][w]);
        metric[w] = best[w & mask] + (a * a + b * b);
    }
}

} // namespace

extern const trellis_kernel trellis_kernel_scalar;
const trellis_kernel trellis_kernel_scalar = { "scalar", best_of_groups, add_n4, add_n2, accumulate };

} // namespace seeddelta
