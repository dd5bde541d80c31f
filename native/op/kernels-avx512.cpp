// AVX-512 F/BW/DQ/VL. Everything here is static and touches only plain fields: no inline function of a header may be
// emitted with these instructions (tests/no-shared-code.sh checks the object files). Tails are masked, never read past.
#include "kernels.h"

#include "../codec/prng.h"
#include "../codec/fht.h"
#include "../codec/terms.h"

#include <immintrin.h>

namespace seeddelta {
namespace avx512 {

static_assert(tile_tokens == 16, "a tile is one AVX-512 register");

static void none_vec(const term &, const void *, int64_t, int64_t, float *) {}

static void none_batch(const term &, const void *, size_t, int64_t, int64_t, int64_t, float *) {}

/// The first n lanes, 0 <= n <= 16.
static inline __mmask16 first_lanes(int64_t n) {
    return __mmask16((1u << n) - 1);
}

static inline float f16_at(const uint16_t * p) {
    return _cvtsh_ss(*p);
}

static inline __m512 f16x16(const uint16_t * p, __mmask16 lanes) {
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(lanes, p));
}

static inline __m512 i8x16(const int8_t * p, __mmask16 lanes) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(lanes, p)));
}

static inline void add_scaled(float * acc, __m512 sum, float scale) {
    _mm512_storeu_ps(acc, _mm512_fmadd_ps(sum, _mm512_set1_ps(scale), _mm512_loadu_ps(acc)));
}

static inline __m512i mix32x16(__m512i h) {
    h = _mm512_xor_si512(h, _mm512_srli_epi32(h, 16));
    h = _mm512_mullo_epi32(h, _mm512_set1_epi32(int(0x85ebca6bu)));
    h = _mm512_xor_si512(h, _mm512_srli_epi32(h, 13));
    h = _mm512_mullo_epi32(h, _mm512_set1_epi32(int(0xc2b2ae35u)));
    return _mm512_xor_si512(h, _mm512_srli_epi32(h, 16));
}

/// words[0..16) = prng_word(key, first + 0..15)
static inline void prng_words(uint32_t key, uint32_t first, uint32_t * words) {
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i i = _mm512_add_epi32(_mm512_set1_epi32(int(first)), lane);
    const __m512i counter = _mm512_add_epi32(_mm512_mullo_epi32(i, _mm512_set1_epi32(int(prng_golden))),
                                             _mm512_set1_epi32(0x7f4a7c15));
    _mm512_storeu_si512(words, mix32x16(_mm512_xor_si512(_mm512_set1_epi32(int(key)), counter)));
}

/// x with the sign of lane i flipped when bit i is set.
static inline __m512 flip(__m512 x, __mmask16 bits) {
    const __m512i sign = _mm512_set1_epi32(int(0x80000000u));
    return _mm512_castsi512_ps(_mm512_mask_xor_epi32(_mm512_castps_si512(x), bits, _mm512_castps_si512(x), sign));
}

#include "prng-search-kernel.h"

static void prng_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & b = static_cast<const prng_block_term &>(t);
    if (b.searched != 0) {
        search_vec(b, x, first_row, n_rows, acc);
        return;
    }
    for (int64_t i = 0; i < n_rows; ++i) {
        const uint32_t key = prng_row_key(b.seed, b.tensor_hash, first_row + i);
        __m512   sum0 = _mm512_setzero_ps();
        __m512   sum1 = _mm512_setzero_ps();
        uint32_t words[16];
        for (int64_t c = 0; c < b.n_in; c += 32) {
            if (c % 512 == 0) {
                prng_words(key, uint32_t(c / 32), words);
            }
            const uint32_t s = words[(c / 32) % 16];
            const int64_t  n = b.n_in - c;
            const auto     lo = n >= 16 ? first_lanes(16) : first_lanes(n);
            const auto     hi = n >= 32 ? first_lanes(16) : n > 16 ? first_lanes(n - 16) : __mmask16(0);
            sum0 = _mm512_add_ps(sum0, flip(_mm512_maskz_loadu_ps(lo, x + c), __mmask16(s)));
            sum1 = _mm512_add_ps(sum1, flip(_mm512_maskz_loadu_ps(hi, x + c + 16), __mmask16(s >> 16)));
        }
        acc[i] += b.scale * _mm512_reduce_add_ps(_mm512_add_ps(sum0, sum1));
    }
}

static void prng_tile(const prng_block_term & b, const float * xt, int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const uint32_t key = prng_row_key(b.seed, b.tensor_hash, first_row + i);
        __m512   sum0 = _mm512_setzero_ps();
        __m512   sum1 = _mm512_setzero_ps();
        uint32_t words[16];
        for (int64_t c = 0; c < b.n_in; c += 32) {
            if (c % 512 == 0) {
                prng_words(key, uint32_t(c / 32), words);
            }
            uint32_t      s = words[(c / 32) % 16];
            const int64_t n = b.n_in - c < 32 ? b.n_in - c : 32;
            int64_t       e = 0;
            for (; e + 2 <= n; e += 2, s >>= 2) {
                const float * p = xt + (c + e) * tile_tokens;
                sum0 = _mm512_add_ps(sum0, flip(_mm512_loadu_ps(p), __mmask16(-(s & 1))));
                sum1 = _mm512_add_ps(sum1, flip(_mm512_loadu_ps(p + tile_tokens), __mmask16(-(s >> 1 & 1))));
            }
            if (e < n) {
                sum0 = _mm512_add_ps(sum0, flip(_mm512_loadu_ps(xt + (c + e) * tile_tokens), __mmask16(-(s & 1))));
            }
        }
        add_scaled(acc + i * tile_tokens, _mm512_add_ps(sum0, sum1), b.scale);
    }
}

static inline __m512i coo_index16(const coo_term & d, int64_t slot, __mmask16 lanes) {
    return d.idx16 ? _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, d.idx16 + slot))
                   : _mm512_maskz_loadu_epi32(lanes, d.idx32 + slot);
}

static inline __m512 coo_value16(const coo_term & d, int64_t slot, __mmask16 lanes) {
    return d.val_i8 ? i8x16(d.val_i8 + slot, lanes) : f16x16(d.val_f16 + slot, lanes);
}

static void coo_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & d = static_cast<const coo_term &>(t);
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t row = first_row + i;
        const int64_t begin = row * d.k;
        __m512  sum0 = _mm512_setzero_ps();
        __m512  sum1 = _mm512_setzero_ps();
        int64_t j = 0;
        for (; j + 32 <= d.k; j += 32) {
            const __mmask16 all = first_lanes(16);
            const __m512    x0 = _mm512_i32gather_ps(coo_index16(d, begin + j, all), x, 4);
            const __m512    x1 = _mm512_i32gather_ps(coo_index16(d, begin + j + 16, all), x, 4);
            sum0 = _mm512_fmadd_ps(coo_value16(d, begin + j, all), x0, sum0);
            sum1 = _mm512_fmadd_ps(coo_value16(d, begin + j + 16, all), x1, sum1);
        }
        for (; j < d.k; j += 16) {
            const __mmask16 lanes = d.k - j < 16 ? first_lanes(d.k - j) : first_lanes(16);
            const __m512    xj = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), lanes, coo_index16(d, begin + j, lanes), x, 4);
            sum0 = _mm512_fmadd_ps(coo_value16(d, begin + j, lanes), xj, sum0);
        }
        const float sum = _mm512_reduce_add_ps(_mm512_add_ps(sum0, sum1));
        acc[i] += d.val_i8 ? sum * f16_at(d.scale_f16 + row) : sum;
    }
}

static void coo_tile(const coo_term & d, const float * xt, int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t row = first_row + i;
        __m512 sum0 = _mm512_setzero_ps();
        __m512 sum1 = _mm512_setzero_ps();
        for (int64_t j = 0; j < d.k; j += 16) {
            const int64_t n = d.k - j < 16 ? d.k - j : 16;
            const int64_t slot = row * d.k + j;
            float         v[16];
            uint32_t      at[16];
            _mm512_storeu_ps(v, coo_value16(d, slot, first_lanes(n)));
            _mm512_storeu_si512(at, coo_index16(d, slot, first_lanes(n)));
            for (int64_t e = 0; e + 1 < n; e += 2) {
                sum0 = _mm512_fmadd_ps(_mm512_set1_ps(v[e]), _mm512_loadu_ps(xt + int64_t(at[e]) * tile_tokens), sum0);
                sum1 = _mm512_fmadd_ps(_mm512_set1_ps(v[e + 1]), _mm512_loadu_ps(xt + int64_t(at[e + 1]) * tile_tokens), sum1);
            }
            if (n % 2 != 0) {
                sum0 = _mm512_fmadd_ps(_mm512_set1_ps(v[n - 1]), _mm512_loadu_ps(xt + int64_t(at[n - 1]) * tile_tokens), sum0);
            }
        }
        add_scaled(acc + i * tile_tokens, _mm512_add_ps(sum0, sum1), d.val_i8 ? f16_at(d.scale_f16 + row) : 1.0f);
    }
}

static inline __m512 block_value16(const block_term & d, int64_t at, __mmask16 lanes) {
    return d.val_i8 ? i8x16(d.val_i8 + at, lanes) : f16x16(d.val_f16 + at, lanes);
}

static void block_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & d = static_cast<const block_term &>(t);
    for (int64_t i = 0; i < n_rows; ++i) {
        __m512 sum0 = _mm512_setzero_ps();
        __m512 sum1 = _mm512_setzero_ps();
        for (int64_t j = 0; j < d.kept; ++j) {
            const int64_t slot = (first_row + i) * d.kept + j;
            const int64_t c = int64_t(d.map[slot]) * d.block;
            const int64_t n = d.n_in - c < d.block ? d.n_in - c : d.block;
            const __m512  scale = _mm512_set1_ps(d.val_i8 ? f16_at(d.scale_f16 + slot) : 1.0f);
            __m512        part = _mm512_setzero_ps();
            for (int64_t e = 0; e < n; e += 16) {
                const __mmask16 lanes = n - e < 16 ? first_lanes(n - e) : first_lanes(16);
                part = _mm512_fmadd_ps(block_value16(d, slot * d.block + e, lanes), _mm512_maskz_loadu_ps(lanes, x + c + e), part);
            }
            (j % 2 == 0 ? sum0 : sum1) = _mm512_fmadd_ps(part, scale, j % 2 == 0 ? sum0 : sum1);
        }
        acc[i] += _mm512_reduce_add_ps(_mm512_add_ps(sum0, sum1));
    }
}

static void block_tile(const block_term & d, const float * xt, int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        __m512 sum0 = _mm512_setzero_ps();
        __m512 sum1 = _mm512_setzero_ps();
        for (int64_t j = 0; j < d.kept; ++j) {
            const int64_t slot = (first_row + i) * d.kept + j;
            const int64_t c = int64_t(d.map[slot]) * d.block;
            const int64_t n = d.n_in - c < d.block ? d.n_in - c : d.block;
            const __m512  scale = _mm512_set1_ps(d.val_i8 ? f16_at(d.scale_f16 + slot) : 1.0f);
            for (int64_t e = 0; e < n; e += 16) {
                const int64_t m = n - e < 16 ? n - e : 16;
                const float * p = xt + (c + e) * tile_tokens;
                float         v[16];
                _mm512_storeu_ps(v, _mm512_mul_ps(scale, block_value16(d, slot * d.block + e, first_lanes(m))));
                for (int64_t k = 0; k + 1 < m; k += 2) {
                    sum0 = _mm512_fmadd_ps(_mm512_set1_ps(v[k]), _mm512_loadu_ps(p + k * tile_tokens), sum0);
                    sum1 = _mm512_fmadd_ps(_mm512_set1_ps(v[k + 1]), _mm512_loadu_ps(p + (k + 1) * tile_tokens), sum1);
                }
                if (m % 2 != 0) {
                    sum0 = _mm512_fmadd_ps(_mm512_set1_ps(v[m - 1]), _mm512_loadu_ps(p + (m - 1) * tile_tokens), sum0);
                }
            }
        }
        add_scaled(acc + i * tile_tokens, _mm512_add_ps(sum0, sum1), 1.0f);
    }
}

/// Transposes 16 x 16 floats in registers.
static inline void transpose16(__m512 r[16]) {
    __m512 t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    // 128-bit lane l of r[4 g + i] now holds column 4 l + i of rows 4 g..4 g + 3
    for (int i = 0; i < 4; ++i) {
        const __m512 a = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        const __m512 b = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        const __m512 c = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        const __m512 d = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
        t[i] = _mm512_shuffle_f32x4(a, c, 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(b, d, 0x88);
        t[i + 8] = _mm512_shuffle_f32x4(a, c, 0xdd);
        t[i + 12] = _mm512_shuffle_f32x4(b, d, 0xdd);
    }
    for (int i = 0; i < 16; ++i) {
        r[i] = t[i];
    }
}

static bool lay_out_inputs(const float * x, int64_t x_stride, int64_t n_tok, int64_t first, int64_t last, float * xt) {
    __m512i changed = _mm512_setzero_si512();
    for (int64_t c = first; c < last; c += 16) {
        const int n = last - c < 16 ? int(last - c) : 16;
        const __mmask16 inputs = first_lanes(n);
        __m512 r[16];
        for (int k = 0; k < 16; ++k) {
            r[k] = k < n_tok ? _mm512_maskz_loadu_ps(inputs, x + k * x_stride + c) : _mm512_setzero_ps();
        }
        transpose16(r);
        for (int i = 0; i < n; ++i) {
            float * at = xt + (c + i) * tile_tokens;
            changed = _mm512_or_si512(changed, _mm512_xor_si512(_mm512_castps_si512(r[i]), _mm512_loadu_si512(at)));
            _mm512_storeu_ps(at, r[i]);
        }
    }
    return _mm512_test_epi32_mask(changed, changed) != 0;
}

static inline void widen(float * out, const uint16_t * f16, int64_t n) {
    for (int64_t i = 0; i < n; i += 16) {
        const __mmask16 lanes = n - i < 16 ? first_lanes(n - i) : first_lanes(16);
        _mm512_mask_storeu_ps(out + i, lanes, f16x16(f16 + i, lanes));
    }
}

#include "codebook-kernel.h"
#include "fht-kernel.h"

static void prng_batch(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row,
                       int64_t n_rows, float * acc) {
    const auto & b = static_cast<const prng_block_term &>(t);
    if (b.searched != 0) {
        search_batch(b, in, in_stride, n_tiles, first_row, n_rows, acc);
        return;
    }
    for (int64_t tile = 0; tile < n_tiles; ++tile) {
        prng_tile(b, tile_at(in, in_stride, tile), first_row, n_rows, acc + tile * n_rows * tile_tokens);
    }
}

static void coo_batch(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row,
                      int64_t n_rows, float * acc) {
    const auto & d = static_cast<const coo_term &>(t);
    for (int64_t tile = 0; tile < n_tiles; ++tile) {
        coo_tile(d, tile_at(in, in_stride, tile), first_row, n_rows, acc + tile * n_rows * tile_tokens);
    }
}

static void block_batch(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row,
                        int64_t n_rows, float * acc) {
    const auto & d = static_cast<const block_term &>(t);
    for (int64_t tile = 0; tile < n_tiles; ++tile) {
        block_tile(d, tile_at(in, in_stride, tile), first_row, n_rows, acc + tile * n_rows * tile_tokens);
    }
}

static const term_kernel kernel_none = { none_vec, none_batch, nullptr };
static const term_kernel kernel_prng_block = { prng_vec, prng_batch, nullptr };
static const term_kernel kernel_coo = { coo_vec, coo_batch, nullptr };
static const term_kernel kernel_block = { block_vec, block_batch, nullptr };

} // namespace avx512
} // namespace seeddelta

#define SD_ISA avx512
#include "kernel-table.h"

namespace seeddelta {

bool cpu_has_avx512();

extern const kernel_set kernels_avx512;
const kernel_set kernels_avx512 = { "avx512", cpu_has_avx512, base_table, scheme_table, avx512::lay_out_inputs };

} // namespace seeddelta
