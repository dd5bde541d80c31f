#include "trellis-search.h"

#define SEARCH_BYTES 32
#include "trellis-search-kernel.h"

#include <immintrin.h>

namespace seeddelta {
namespace {

void best_of_groups(const float * metric, int step, float * best) {
    const int n = 1 << step; // at least 16
    const int groups = trellis_states >> step;
    for (int g = 0; g < groups; ++g) {
        const float * m = metric + g * n;
        __m256 least = _mm256_min_ps(_mm256_loadu_ps(m), _mm256_loadu_ps(m + 8));
        for (int i = 16; i < n; i += 16) {
            least = _mm256_min_ps(least, _mm256_min_ps(_mm256_loadu_ps(m + i), _mm256_loadu_ps(m + i + 8)));
        }
        least = _mm256_min_ps(least, _mm256_permute2f128_ps(least, least, 1));
        least = _mm256_min_ps(least, _mm256_permute_ps(least, 0x4e));
        least = _mm256_min_ps(least, _mm256_permute_ps(least, 0xb1));
        best[g] = _mm256_cvtss_f32(least);
    }
}

/// table[low 4 bits of each lane of h]; high: the same bits moved to the top of the lane
inline __m256 look_up(const float * table, __m256i h, __m256i high) {
    const __m256 low8 = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), h);
    const __m256 high8 = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), h);
    return _mm256_blendv_ps(low8, high8, _mm256_castsi256_ps(high));
}

void add_n4(const trellis_tables & t, const float * best, int step, const float * x, const float * g, float * metric) {
    float cost[trellis_n4_weights][16];
    n4_costs(x, g, cost);
    const uint16_t * mixed = t.mixed;
    const int groups = trellis_states >> step;
    for (int w = 0; w < trellis_states; w += groups) {
        for (int i = 0; i < groups; i += 8) {
            const __m256i h = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *) (mixed + w + i)));
            const __m256 c0 = look_up(cost[0], h, _mm256_slli_epi32(h, 28));
            const __m256 c1 = look_up(cost[1], _mm256_srli_epi32(h, 4), _mm256_slli_epi32(h, 24));
            const __m256 c2 = look_up(cost[2], _mm256_srli_epi32(h, 8), _mm256_slli_epi32(h, 20));
            const __m256 c3 = look_up(cost[3], _mm256_srli_epi32(h, 12), _mm256_slli_epi32(h, 16));
            const __m256 c = _mm256_add_ps(_mm256_add_ps(c0, c1), _mm256_add_ps(c2, c3));
            _mm256_storeu_ps(metric + w + i, _mm256_add_ps(_mm256_loadu_ps(best + i), c));
        }
    }
}

void add_n2(const trellis_tables & t, const float * best, int step, const float * x, const float * g, float * metric) {
    const int8_t * v0 = t.n2[0];
    const int8_t * v1 = t.n2[1];
    const __m256 x0 = _mm256_set1_ps(x[0]), x1 = _mm256_set1_ps(x[1]);
    const __m256 g0 = _mm256_set1_ps(g[0]), g1 = _mm256_set1_ps(g[1]);
    const int groups = trellis_states >> step;
    for (int w = 0; w < trellis_states; w += groups) {
        for (int i = 0; i < groups; i += 8) {
            const auto value = [&](const int8_t * v) {
                return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *) (v + w + i))));
            };
            const __m256 a = _mm256_sub_ps(x0, _mm256_mul_ps(g0, value(v0)));
            const __m256 b = _mm256_sub_ps(x1, _mm256_mul_ps(g1, value(v1)));
            const __m256 c = _mm256_add_ps(_mm256_mul_ps(a, a), _mm256_mul_ps(b, b));
            _mm256_storeu_ps(metric + w + i, _mm256_add_ps(_mm256_loadu_ps(best + i), c));
        }
    }
}

} // namespace

extern const trellis_kernel trellis_kernel_avx2;
const trellis_kernel trellis_kernel_avx2 = { "avx2", best_of_groups, add_n4, add_n2, accumulate };

} // namespace seeddelta
