// AVX2 + FMA + F16C. Everything here is static and touches only plain fields: no inline function of a header may be
// emitted with these instructions (tests/no-shared-code.sh checks the object files).
#include "kernels.h"

#include "../codec/prng.h"
#include "../codec/fht.h"
#include "../codec/terms.h"

#include <immintrin.h>

namespace seeddelta {
namespace avx2 {

static_assert(tile_tokens == 16, "a tile is two AVX registers");

static void none_vec(const term &, const void *, int64_t, int64_t, float *) {}

static void none_batch(const term &, const void *, size_t, int64_t, int64_t, int64_t, float *) {}

static inline float horizontal_sum(__m256 v) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    s = _mm_add_ss(s, _mm_movehdup_ps(s));
    return _mm_cvtss_f32(s);
}

static inline float f16_at(const uint16_t * p) {
    return _cvtsh_ss(*p);
}

static inline __m256 f16x8(const uint16_t * p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) p));
}

static inline __m256 i8x8(const int8_t * p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *) p)));
}

static inline __m256i mix32x8(__m256i h) {
    h = _mm256_xor_si256(h, _mm256_srli_epi32(h, 16));
    h = _mm256_mullo_epi32(h, _mm256_set1_epi32(int(0x85ebca6bu)));
    h = _mm256_xor_si256(h, _mm256_srli_epi32(h, 13));
    h = _mm256_mullo_epi32(h, _mm256_set1_epi32(int(0xc2b2ae35u)));
    return _mm256_xor_si256(h, _mm256_srli_epi32(h, 16));
}

/// words[0..8) = prng_word(key, first + 0..7)
static inline void prng_words(uint32_t key, uint32_t first, uint32_t * words) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i i = _mm256_add_epi32(_mm256_set1_epi32(int(first)), lane);
    const __m256i counter = _mm256_add_epi32(_mm256_mullo_epi32(i, _mm256_set1_epi32(int(prng_golden))),
                                             _mm256_set1_epi32(0x7f4a7c15));
    _mm256_storeu_si256((__m256i *) words, mix32x8(_mm256_xor_si256(_mm256_set1_epi32(int(key)), counter)));
}

/// Sign bits for eight lanes: lane i is 0x80000000 when bit i of `bits` is set.
static inline __m256 sign_mask(uint32_t bits) {
    const __m256i shift = _mm256_setr_epi32(31, 30, 29, 28, 27, 26, 25, 24);
    const __m256i moved = _mm256_sllv_epi32(_mm256_set1_epi32(int(bits)), shift);
    return _mm256_castsi256_ps(_mm256_and_si256(moved, _mm256_set1_epi32(int(0x80000000u))));
}

#include "prng-search-kernel.h"

static void prng_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & b = static_cast<const prng_block_term &>(t);
    if (b.searched != 0) {
        search_vec(b, x, first_row, n_rows, acc);
        return;
    }
    const int64_t n_whole = b.n_in / 32;
    for (int64_t i = 0; i < n_rows; ++i) {
        const uint32_t key = prng_row_key(b.seed, b.tensor_hash, first_row + i);
        __m256   sum0 = _mm256_setzero_ps();
        __m256   sum1 = _mm256_setzero_ps();
        uint32_t words[8];
        for (int64_t w = 0; w < n_whole; ++w) {
            if (w % 8 == 0) {
                prng_words(key, uint32_t(w), words);
            }
            const uint32_t s = words[w % 8];
            const float *  p = x + w * 32;
            sum0 = _mm256_add_ps(sum0, _mm256_xor_ps(_mm256_loadu_ps(p), sign_mask(s)));
            sum1 = _mm256_add_ps(sum1, _mm256_xor_ps(_mm256_loadu_ps(p + 8), sign_mask(s >> 8)));
            sum0 = _mm256_add_ps(sum0, _mm256_xor_ps(_mm256_loadu_ps(p + 16), sign_mask(s >> 16)));
            sum1 = _mm256_add_ps(sum1, _mm256_xor_ps(_mm256_loadu_ps(p + 24), sign_mask(s >> 24)));
        }
        float tail = 0.0f;
        const uint32_t s = prng_word(key, uint32_t(n_whole));
        for (int64_t c = n_whole * 32; c < b.n_in; ++c) {
            tail += (s >> (c % 32)) & 1 ? -x[c] : x[c];
        }
        acc[i] += b.scale * (horizontal_sum(_mm256_add_ps(sum0, sum1)) + tail);
    }
}

static inline void add_scaled(float * acc, __m256 lo, __m256 hi, float scale) {
    const __m256 s = _mm256_set1_ps(scale);
    _mm256_storeu_ps(acc, _mm256_fmadd_ps(lo, s, _mm256_loadu_ps(acc)));
    _mm256_storeu_ps(acc + 8, _mm256_fmadd_ps(hi, s, _mm256_loadu_ps(acc + 8)));
}

static void prng_tile(const prng_block_term & b, const float * xt, int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const uint32_t key = prng_row_key(b.seed, b.tensor_hash, first_row + i);
        __m256   lo = _mm256_setzero_ps();
        __m256   hi = _mm256_setzero_ps();
        uint32_t words[8];
        for (int64_t c = 0; c < b.n_in; c += 32) {
            if (c % 256 == 0) {
                prng_words(key, uint32_t(c / 32), words);
            }
            uint32_t      s = words[(c / 32) % 8];
            const int64_t n = b.n_in - c < 32 ? b.n_in - c : 32;
            for (int64_t e = 0; e < n; ++e, s >>= 1) {
                const __m256  sign = _mm256_castsi256_ps(_mm256_set1_epi32(int(s << 31)));
                const float * p = xt + (c + e) * tile_tokens;
                lo = _mm256_add_ps(lo, _mm256_xor_ps(_mm256_loadu_ps(p), sign));
                hi = _mm256_add_ps(hi, _mm256_xor_ps(_mm256_loadu_ps(p + 8), sign));
            }
        }
        add_scaled(acc + i * tile_tokens, lo, hi, b.scale);
    }
}

static inline __m256i coo_index8(const coo_term & d, int64_t slot) {
    return d.idx16 ? _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *) (d.idx16 + slot)))
                   : _mm256_loadu_si256((const __m256i *) (d.idx32 + slot));
}

static inline __m256 coo_value8(const coo_term & d, int64_t slot) {
    return d.val_i8 ? i8x8(d.val_i8 + slot) : f16x8(d.val_f16 + slot);
}

static inline float coo_value(const coo_term & d, int64_t slot) {
    return d.val_i8 ? float(d.val_i8[slot]) : f16_at(d.val_f16 + slot);
}

static inline int64_t coo_index(const coo_term & d, int64_t slot) {
    return d.idx16 ? d.idx16[slot] : d.idx32[slot];
}

static void coo_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & d = static_cast<const coo_term &>(t);
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t row = first_row + i;
        const int64_t begin = row * d.k;
        __m256  sum0 = _mm256_setzero_ps();
        __m256  sum1 = _mm256_setzero_ps();
        int64_t j = 0;
        for (; j + 16 <= d.k; j += 16) {
            const __m256 x0 = _mm256_i32gather_ps(x, coo_index8(d, begin + j), 4);
            const __m256 x1 = _mm256_i32gather_ps(x, coo_index8(d, begin + j + 8), 4);
            sum0 = _mm256_fmadd_ps(coo_value8(d, begin + j), x0, sum0);
            sum1 = _mm256_fmadd_ps(coo_value8(d, begin + j + 8), x1, sum1);
        }
        float tail = 0.0f;
        for (; j < d.k; ++j) {
            tail += coo_value(d, begin + j) * x[coo_index(d, begin + j)];
        }
        const float sum = horizontal_sum(_mm256_add_ps(sum0, sum1)) + tail;
        acc[i] += d.val_i8 ? sum * f16_at(d.scale_f16 + row) : sum;
    }
}

static void coo_tile(const coo_term & d, const float * xt, int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t row = first_row + i;
        __m256 lo = _mm256_setzero_ps();
        __m256 hi = _mm256_setzero_ps();
        for (int64_t j = 0; j < d.k; ++j) {
            const int64_t slot = row * d.k + j;
            const __m256  v = _mm256_set1_ps(coo_value(d, slot));
            const float * p = xt + coo_index(d, slot) * tile_tokens;
            lo = _mm256_fmadd_ps(v, _mm256_loadu_ps(p), lo);
            hi = _mm256_fmadd_ps(v, _mm256_loadu_ps(p + 8), hi);
        }
        add_scaled(acc + i * tile_tokens, lo, hi, d.val_i8 ? f16_at(d.scale_f16 + row) : 1.0f);
    }
}

static inline __m256 block_value8(const block_term & d, int64_t at) {
    return d.val_i8 ? i8x8(d.val_i8 + at) : f16x8(d.val_f16 + at);
}

static inline float block_value(const block_term & d, int64_t at) {
    return d.val_i8 ? float(d.val_i8[at]) : f16_at(d.val_f16 + at);
}

static void block_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & d = static_cast<const block_term &>(t);
    for (int64_t i = 0; i < n_rows; ++i) {
        __m256 sum = _mm256_setzero_ps();
        float  tail_sum = 0.0f;
        for (int64_t j = 0; j < d.kept; ++j) {
            const int64_t slot = (first_row + i) * d.kept + j;
            const int64_t c = int64_t(d.map[slot]) * d.block;
            const int64_t n = d.n_in - c < d.block ? d.n_in - c : d.block;
            const float   scale = d.val_i8 ? f16_at(d.scale_f16 + slot) : 1.0f;
            __m256  part0 = _mm256_setzero_ps();
            __m256  part1 = _mm256_setzero_ps();
            int64_t e = 0;
            for (; e + 16 <= n; e += 16) {
                part0 = _mm256_fmadd_ps(block_value8(d, slot * d.block + e), _mm256_loadu_ps(x + c + e), part0);
                part1 = _mm256_fmadd_ps(block_value8(d, slot * d.block + e + 8), _mm256_loadu_ps(x + c + e + 8), part1);
            }
            float tail = 0.0f;
            for (; e < n; ++e) {
                tail += block_value(d, slot * d.block + e) * x[c + e];
            }
            sum = _mm256_fmadd_ps(_mm256_add_ps(part0, part1), _mm256_set1_ps(scale), sum);
            tail_sum += tail * scale;
        }
        acc[i] += horizontal_sum(sum) + tail_sum;
    }
}

static void block_tile(const block_term & d, const float * xt, int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        __m256 lo = _mm256_setzero_ps();
        __m256 hi = _mm256_setzero_ps();
        for (int64_t j = 0; j < d.kept; ++j) {
            const int64_t slot = (first_row + i) * d.kept + j;
            const int64_t c = int64_t(d.map[slot]) * d.block;
            const int64_t n = d.n_in - c < d.block ? d.n_in - c : d.block;
            const float   scale = d.val_i8 ? f16_at(d.scale_f16 + slot) : 1.0f;
            for (int64_t e = 0; e < n; ++e) {
                const __m256  v = _mm256_set1_ps(block_value(d, slot * d.block + e) * scale);
                const float * p = xt + (c + e) * tile_tokens;
                lo = _mm256_fmadd_ps(v, _mm256_loadu_ps(p), lo);
                hi = _mm256_fmadd_ps(v, _mm256_loadu_ps(p + 8), hi);
            }
        }
        add_scaled(acc + i * tile_tokens, lo, hi, 1.0f);
    }
}

/// Transposes 8 x 8 floats in registers.
static inline void transpose8(__m256 r[8]) {
    __m256 t[8];
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    __m256 u[8];
    for (int i = 0; i < 8; i += 4) {
        u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; ++i) {
        r[i] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
        r[i + 4] = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
    }
}

static bool lay_out_inputs(const float * x, int64_t x_stride, int64_t n_tok, int64_t first, int64_t last, float * xt) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i changed = _mm256_setzero_si256();
    for (int64_t c = first; c < last; c += 8) {
        const int n = last - c < 8 ? int(last - c) : 8;
        const __m256i inputs = _mm256_cmpgt_epi32(_mm256_set1_epi32(n), lane);
        for (int64_t half = 0; half < tile_tokens; half += 8) {
            __m256 r[8];
            for (int k = 0; k < 8; ++k) {
                r[k] =
                    half + k < n_tok ? _mm256_maskload_ps(x + (half + k) * x_stride + c, inputs) : _mm256_setzero_ps();
            }
            transpose8(r);
            for (int i = 0; i < n; ++i) {
                float * at = xt + (c + i) * tile_tokens + half;
                changed = _mm256_or_si256(
                    changed, _mm256_xor_si256(_mm256_castps_si256(r[i]), _mm256_loadu_si256((const __m256i *) at)));
                _mm256_storeu_ps(at, r[i]);
            }
        }
    }
    return !_mm256_testz_si256(changed, changed);
}

static inline void widen(float * out, const uint16_t * f16, int64_t n) {
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        _mm256_storeu_ps(out + i, f16x8(f16 + i));
    }
    for (; i < n; ++i) {
        out[i] = f16_at(f16 + i);
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

} // namespace avx2
} // namespace seeddelta

#define SD_ISA avx2
#include "kernel-table.h"

namespace seeddelta {

bool cpu_has_avx2();

extern const kernel_set kernels_avx2;
const kernel_set kernels_avx2 = { "avx2", cpu_has_avx2, base_table, scheme_table, avx2::lay_out_inputs };

} // namespace seeddelta
