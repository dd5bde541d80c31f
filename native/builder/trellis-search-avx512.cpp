#include "trellis-search.h"

#define SEARCH_BYTES 64
#include "trellis-search-kernel.h"

#include <immintrin.h>

namespace seeddelta {
namespace {

void best_of_groups(const float * metric, int step, float * best) {
    const int n = 1 << step; // at least 16
    const int groups = trellis_states >> step;
    for (int g = 0; g < groups; ++g) {
        const float * m = metric + g * n;
        __m512 least = _mm512_loadu_ps(m);
        for (int i = 16; i < n; i += 16) {
            least = _mm512_min_ps(least, _mm512_loadu_ps(m + i));
        }
        best[g] = _mm512_reduce_min_ps(least);
    }
}

void add_n4(const trellis_tables & t, const float * best, int step, const float * x, const float * g, float * metric) {
    float cost[trellis_n4_weights][16];
    n4_costs(x, g, cost);
    const __m512 t0 = _mm512_loadu_ps(cost[0]), t1 = _mm512_loadu_ps(cost[1]);
    const __m512 t2 = _mm512_loadu_ps(cost[2]), t3 = _mm512_loadu_ps(cost[3]);
    const uint16_t * mixed = t.mixed;
    const int groups = trellis_states >> step;
    for (int w = 0; w < trellis_states; w += groups) {
        for (int i = 0; i < groups; i += 16) {
            // a permutation looks at the low four bits of an index
            const __m512i h = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *) (mixed + w + i)));
            const __m512 c01 =
                _mm512_add_ps(_mm512_permutexvar_ps(h, t0), _mm512_permutexvar_ps(_mm512_srli_epi32(h, 4), t1));
            const __m512 c23 = _mm512_add_ps(_mm512_permutexvar_ps(_mm512_srli_epi32(h, 8), t2),
                                             _mm512_permutexvar_ps(_mm512_srli_epi32(h, 12), t3));
            _mm512_storeu_ps(metric + w + i, _mm512_add_ps(_mm512_loadu_ps(best + i), _mm512_add_ps(c01, c23)));
        }
    }
}

void add_n2(const trellis_tables & t, const float * best, int step, const float * x, const float * g, float * metric) {
    const int8_t * v0 = t.n2[0];
    const int8_t * v1 = t.n2[1];
    const __m512 x0 = _mm512_set1_ps(x[0]), x1 = _mm512_set1_ps(x[1]);
    const __m512 g0 = _mm512_set1_ps(g[0]), g1 = _mm512_set1_ps(g[1]);
    const int groups = trellis_states >> step;
    for (int w = 0; w < trellis_states; w += groups) {
        for (int i = 0; i < groups; i += 16) {
            const auto value = [&](const int8_t * v) {
                return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *) (v + w + i))));
            };
            const __m512 a = _mm512_sub_ps(x0, _mm512_mul_ps(g0, value(v0)));
            const __m512 b = _mm512_sub_ps(x1, _mm512_mul_ps(g1, value(v1)));
            const __m512 c = _mm512_add_ps(_mm512_mul_ps(a, a), _mm512_mul_ps(b, b));
            _mm512_storeu_ps(metric + w + i, _mm512_add_ps(_mm512_loadu_ps(best + i), c));
        }
    }
}

} // namespace

extern const trellis_kernel trellis_kernel_avx512;
const trellis_kernel trellis_kernel_avx512 = { "avx512", best_of_groups, add_n4, add_n2, accumulate };

} // namespace seeddelta
