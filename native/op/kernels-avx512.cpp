// AVX-512 F/BW/DQ/VL; kernels-avx512vnni.cpp and kernels-avx512vbmi.cpp compile it again. Everything here is static and
// touches only plain fields: no inline function of a header may be emitted with these instructions
// (tests/no-shared-code.sh checks the object files). Tails are masked, never read past.
#include "kernels.h"

#include "../codec/fht.h"
#include "../codec/prng.h"
#include "../codec/terms.h"

#include <immintrin.h>

#ifndef SD_ISA
#define SD_ISA avx512
#endif

namespace seeddelta {
namespace SD_ISA {

static_assert(tile_tokens == 16, "a tile is one AVX-512 register");
static_assert(max_tiles == 4, "coo_batch and block_batch have a case for each number of tiles");

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

static inline __m512 f16x16(const uint16_t * p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) p));
}

static inline __m512 i8x16(const int8_t * p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *) p)));
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

/// prng_word(key, i) of 16 keys or of 16 counters.
static inline __m512i prng_words16(__m512i keys, __m512i i) {
    const __m512i counter =
        _mm512_add_epi32(_mm512_mullo_epi32(i, _mm512_set1_epi32(int(prng_golden))), _mm512_set1_epi32(0x7f4a7c15));
    return mix32x16(_mm512_xor_si512(keys, counter));
}

static inline __m512 sum_of(const float * x, int64_t n) {
    __m512 sum = _mm512_setzero_ps();
    for (int64_t c = 0; c < n; c += 16) {
        sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(n - c < 16 ? first_lanes(n - c) : first_lanes(16), x + c));
    }
    return sum;
}

#include "prng-search-kernel.h"

/// Σ ±x = Σ x − 2 · Σ (x with a minus): one masked addition per 16 weights.
static void prng_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & b = static_cast<const prng_block_term &>(t);
    if (b.searched != 0) {
        search_vec(b, x, first_row, n_rows, acc);
        return;
    }
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const float all = _mm512_reduce_add_ps(sum_of(x, b.n_in));
    for (int64_t i = 0; i < n_rows; ++i) {
        const __m512i key = _mm512_set1_epi32(int(prng_row_key(b.seed, b.tensor_hash, first_row + i)));
        __m512 sum0 = _mm512_setzero_ps();
        __m512 sum1 = _mm512_setzero_ps();
        for (int64_t c = 0; c < b.n_in; c += 512) {
            alignas(64) uint16_t bits[32]; // bit e of bits[j] belongs to input c + 16 j + e
            _mm512_store_si512(bits, prng_words16(key, _mm512_add_epi32(_mm512_set1_epi32(int(c / 32)), lane)));
            const int64_t n = b.n_in - c < 512 ? b.n_in - c : 512;
            int64_t e = 0;
            for (; e + 32 <= n; e += 32) {
                sum0 = _mm512_mask_add_ps(sum0, bits[e / 16], sum0, _mm512_loadu_ps(x + c + e));
                sum1 = _mm512_mask_add_ps(sum1, bits[e / 16 + 1], sum1, _mm512_loadu_ps(x + c + e + 16));
            }
            for (; e < n; e += 16) {
                const __mmask16 lanes = n - e < 16 ? first_lanes(n - e) : first_lanes(16);
                sum0 = _mm512_mask_add_ps(sum0, bits[e / 16], sum0, _mm512_maskz_loadu_ps(lanes, x + c + e));
            }
        }
        acc[i] += b.scale * (all - 2.0f * _mm512_reduce_add_ps(_mm512_add_ps(sum0, sum1)));
    }
}

static inline __m512i coo_index16(const coo_term & d, int64_t slot, __mmask16 lanes) {
    return d.idx16 ? _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, d.idx16 + slot))
                   : _mm512_maskz_loadu_epi32(lanes, d.idx32 + slot);
}

static inline __m512 coo_value16(const coo_term & d, int64_t slot, __mmask16 lanes) {
    return d.val_i8 ? i8x16(d.val_i8 + slot, lanes) : f16x16(d.val_f16 + slot, lanes);
}

/// Asks for what a stream of payload bytes reaches some lines later; addresses past its end are harmless.
static inline void prefetch(const void * p) {
    _mm_prefetch(static_cast<const char *>(p) + 1024, _MM_HINT_T0);
}

/// x[i[0..16)). Sixteen loads and insertions: processors whose gather is microcode (Zen) need about half as long for
/// them.
template <typename Index>
static inline __m512 gather16(const Index * i, const float * x) {
    const __m128 a = _mm_setr_ps(x[i[0]], x[i[1]], x[i[2]], x[i[3]]);
    const __m128 b = _mm_setr_ps(x[i[4]], x[i[5]], x[i[6]], x[i[7]]);
    const __m128 c = _mm_setr_ps(x[i[8]], x[i[9]], x[i[10]], x[i[11]]);
    const __m128 d = _mm_setr_ps(x[i[12]], x[i[13]], x[i[14]], x[i[15]]);
    const __m256 low = _mm256_insertf128_ps(_mm256_castps128_ps256(a), b, 1);
    const __m256 high = _mm256_insertf128_ps(_mm256_castps128_ps256(c), d, 1);
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}

static inline __m512 values16(const uint16_t * p) {
    return f16x16(p);
}

static inline __m512 values16(const int8_t * p) {
    return i8x16(p);
}

template <typename Index, typename Value>
static inline void coo_rows(const coo_term & d, const Index * idx, const Value * val, const float * x,
                            int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t row = first_row + i;
        const int64_t begin = row * d.k;
        const auto all = first_lanes(16);
        __m512 sum0 = _mm512_setzero_ps();
        __m512 sum1 = _mm512_setzero_ps();
        int64_t j = 0;
        for (; j + 32 <= d.k; j += 32) {
            const int64_t at = begin + j;
            prefetch(idx + at);
            prefetch(val + at);
            sum0 = _mm512_fmadd_ps(values16(val + at), gather16(idx + at, x), sum0);
            sum1 = _mm512_fmadd_ps(values16(val + at + 16), gather16(idx + at + 16, x), sum1);
        }
        for (; j < d.k; j += 16) {
            const __mmask16 lanes = d.k - j < 16 ? first_lanes(d.k - j) : all;
            const __m512 xj =
                _mm512_mask_i32gather_ps(_mm512_setzero_ps(), lanes, coo_index16(d, begin + j, lanes), x, 4);
            sum0 = _mm512_fmadd_ps(coo_value16(d, begin + j, lanes), xj, sum0);
        }
        const float sum = _mm512_reduce_add_ps(_mm512_add_ps(sum0, sum1));
        acc[i] += d.val_i8 ? sum * f16_at(d.scale_f16 + row) : sum;
    }
}

static void coo_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & d = static_cast<const coo_term &>(t);
    if (d.idx16 != nullptr && d.val_i8 != nullptr) {
        coo_rows(d, d.idx16, d.val_i8, x, first_row, n_rows, acc);
    } else if (d.idx16 != nullptr) {
        coo_rows(d, d.idx16, d.val_f16, x, first_row, n_rows, acc);
    } else if (d.val_i8 != nullptr) {
        coo_rows(d, d.idx32, d.val_i8, x, first_row, n_rows, acc);
    } else {
        coo_rows(d, d.idx32, d.val_f16, x, first_row, n_rows, acc);
    }
}

/// `tiles` tiles at once, so that values and indices are decoded once for all of them.
template <int tiles>
static inline void coo_tiles(const coo_term & d, const void * in, size_t in_stride, int64_t first_row, int64_t n_rows,
                             float * acc) {
    const float * xt = static_cast<const float *>(in);
    const int64_t step = int64_t(in_stride / sizeof(float));
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t row = first_row + i;
        __m512 sum0[tiles], sum1[tiles];
        for (int m = 0; m < tiles; ++m) {
            sum0[m] = sum1[m] = _mm512_setzero_ps();
        }
        for (int64_t j = 0; j < d.k; j += 16) {
            const int64_t n = d.k - j < 16 ? d.k - j : 16;
            const int64_t slot = row * d.k + j;
            float v[16];
            uint32_t at[16];
            _mm512_storeu_ps(v, coo_value16(d, slot, first_lanes(n)));
            _mm512_storeu_si512(at, coo_index16(d, slot, first_lanes(n)));
            for (int64_t e = 0; e + 1 < n; e += 2) {
                const float * x0 = xt + int64_t(at[e]) * tile_tokens;
                const float * x1 = xt + int64_t(at[e + 1]) * tile_tokens;
                const __m512 v0 = _mm512_set1_ps(v[e]);
                const __m512 v1 = _mm512_set1_ps(v[e + 1]);
                for (int m = 0; m < tiles; ++m) {
                    sum0[m] = _mm512_fmadd_ps(v0, _mm512_loadu_ps(x0 + m * step), sum0[m]);
                    sum1[m] = _mm512_fmadd_ps(v1, _mm512_loadu_ps(x1 + m * step), sum1[m]);
                }
            }
            if (n % 2 != 0) {
                const float * x0 = xt + int64_t(at[n - 1]) * tile_tokens;
                for (int m = 0; m < tiles; ++m) {
                    sum0[m] = _mm512_fmadd_ps(_mm512_set1_ps(v[n - 1]), _mm512_loadu_ps(x0 + m * step), sum0[m]);
                }
            }
        }
        const float scale = d.val_i8 ? f16_at(d.scale_f16 + row) : 1.0f;
        for (int m = 0; m < tiles; ++m) {
            add_scaled(acc + (m * n_rows + i) * tile_tokens, _mm512_add_ps(sum0[m], sum1[m]), scale);
        }
    }
}

static inline __m512 block_value16(const block_term & d, int64_t at, __mmask16 lanes) {
    return d.val_i8 ? i8x16(d.val_i8 + at, lanes) : f16x16(d.val_f16 + at, lanes);
}

/// sum += block `slot` · x, for a block that ends before n_in.
template <int block, typename Value>
static inline __m512 add_block(const block_term & d, const Value * val, int64_t slot, const float * x, __m512 sum) {
    const Value * v = val + slot * block;
    prefetch(v);
    const float * xb = x + int64_t(d.map[slot]) * block;
    if (sizeof(Value) == 2) {
        for (int e = 0; e < block; e += 16) {
            sum = _mm512_fmadd_ps(values16(v + e), _mm512_loadu_ps(xb + e), sum);
        }
        return sum;
    }
    __m512 part = _mm512_mul_ps(values16(v), _mm512_loadu_ps(xb));
    for (int e = 16; e < block; e += 16) {
        part = _mm512_fmadd_ps(values16(v + e), _mm512_loadu_ps(xb + e), part);
    }
    return _mm512_fmadd_ps(part, _mm512_set1_ps(f16_at(d.scale_f16 + slot)), sum);
}

template <int block, typename Value>
static inline void block_rows(const block_term & d, const Value * val, const float * x, int64_t first_row,
                              int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t first = (first_row + i) * d.kept;
        const int64_t last = first + d.kept;
        const int64_t end = int64_t(d.map[last - 1] + 1) * block;
        const int64_t whole = end > d.n_in ? last - 1 : last; // only the last block of a row may be short
        __m512 sum0 = _mm512_setzero_ps();
        __m512 sum1 = _mm512_setzero_ps();
        __m512 sum2 = _mm512_setzero_ps();
        __m512 sum3 = _mm512_setzero_ps();
        int64_t slot = first;
        for (; slot + 4 <= whole; slot += 4) {
            sum0 = add_block<block>(d, val, slot, x, sum0);
            sum1 = add_block<block>(d, val, slot + 1, x, sum1);
            sum2 = add_block<block>(d, val, slot + 2, x, sum2);
            sum3 = add_block<block>(d, val, slot + 3, x, sum3);
        }
        for (; slot < whole; ++slot) {
            sum0 = add_block<block>(d, val, slot, x, sum0);
        }
        if (slot < last) {
            const int64_t c = int64_t(d.map[slot]) * block;
            const float scale = d.val_i8 ? f16_at(d.scale_f16 + slot) : 1.0f;
            for (int64_t e = 0; c + e < d.n_in; e += 16) {
                const int64_t n = d.n_in - c - e;
                const __mmask16 lanes = n < 16 ? first_lanes(n) : first_lanes(16);
                const __m512 v = _mm512_mul_ps(_mm512_set1_ps(scale), block_value16(d, slot * block + e, lanes));
                sum1 = _mm512_fmadd_ps(v, _mm512_maskz_loadu_ps(lanes, x + c + e), sum1);
            }
        }
        acc[i] += _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(sum0, sum1), _mm512_add_ps(sum2, sum3)));
    }
}

template <typename Value>
static inline void block_sizes(const block_term & d, const Value * val, const float * x, int64_t first_row,
                               int64_t n_rows, float * acc) {
    switch (d.block) {
        case 16:
            block_rows<16>(d, val, x, first_row, n_rows, acc);
            break;
        case 32:
            block_rows<32>(d, val, x, first_row, n_rows, acc);
            break;
        case 64:
            block_rows<64>(d, val, x, first_row, n_rows, acc);
            break;
    }
}

static void block_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & d = static_cast<const block_term &>(t);
    if (d.val_i8 != nullptr) {
        block_sizes(d, d.val_i8, x, first_row, n_rows, acc);
    } else {
        block_sizes(d, d.val_f16, x, first_row, n_rows, acc);
    }
}

template <int tiles>
static inline void block_tiles(const block_term & d, const void * in, size_t in_stride, int64_t first_row,
                               int64_t n_rows, float * acc) {
    const float * xt = static_cast<const float *>(in);
    const int64_t step = int64_t(in_stride / sizeof(float));
    for (int64_t i = 0; i < n_rows; ++i) {
        __m512 sum0[tiles], sum1[tiles];
        for (int m = 0; m < tiles; ++m) {
            sum0[m] = sum1[m] = _mm512_setzero_ps();
        }
        for (int64_t j = 0; j < d.kept; ++j) {
            const int64_t slot = (first_row + i) * d.kept + j;
            const int64_t c = int64_t(d.map[slot]) * d.block;
            const int64_t n = d.n_in - c < d.block ? d.n_in - c : d.block;
            const __m512 scale = _mm512_set1_ps(d.val_i8 ? f16_at(d.scale_f16 + slot) : 1.0f);
            for (int64_t e = 0; e < n; e += 16) {
                const int64_t n_values = n - e < 16 ? n - e : 16;
                const float * x = xt + (c + e) * tile_tokens;
                float v[16];
                _mm512_storeu_ps(v, _mm512_mul_ps(scale, block_value16(d, slot * d.block + e, first_lanes(n_values))));
                for (int64_t k = 0; k + 1 < n_values; k += 2, x += 2 * tile_tokens) {
                    const __m512 v0 = _mm512_set1_ps(v[k]);
                    const __m512 v1 = _mm512_set1_ps(v[k + 1]);
                    for (int m = 0; m < tiles; ++m) {
                        sum0[m] = _mm512_fmadd_ps(v0, _mm512_loadu_ps(x + m * step), sum0[m]);
                        sum1[m] = _mm512_fmadd_ps(v1, _mm512_loadu_ps(x + m * step + tile_tokens), sum1[m]);
                    }
                }
                if (n_values % 2 != 0) {
                    const __m512 v0 = _mm512_set1_ps(v[n_values - 1]);
                    for (int m = 0; m < tiles; ++m) {
                        sum0[m] = _mm512_fmadd_ps(v0, _mm512_loadu_ps(x + m * step), sum0[m]);
                    }
                }
            }
        }
        for (int m = 0; m < tiles; ++m) {
            add_scaled(acc + (m * n_rows + i) * tile_tokens, _mm512_add_ps(sum0[m], sum1[m]), 1.0f);
        }
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
#include "fht-transform.h"
#include "fht-kernel.h"

/// 16 rows at a time, lanes being rows: the words of one column of 32 inputs hold the mask of every input, and a masked
/// addition of x, broadcast, does 16 rows of one token.
static void prng_batch(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row,
                       int64_t n_rows, float * acc) {
    const auto & b = static_cast<const prng_block_term &>(t);
    if (b.searched != 0) {
        search_batch(b, in, in_stride, n_tiles, first_row, n_rows, acc);
        return;
    }
    for (int64_t i = 0; i < n_rows; i += 16) {
        uint32_t keys[16];
        for (int k = 0; k < 16; ++k) {
            keys[k] = prng_row_key(b.seed, b.tensor_hash, first_row + i + k);
        }
        const __m512i key = _mm512_loadu_si512(keys);
        for (int64_t tile = 0; tile < n_tiles; ++tile) {
            const float * xt = tile_at(in, in_stride, tile);
            __m512 all = _mm512_setzero_ps(); // lanes are tokens
            __m512 sum[tile_tokens];
            for (int k = 0; k < tile_tokens; ++k) {
                sum[k] = _mm512_setzero_ps();
            }
            for (int64_t c = 0; c < b.n_in; c += 32) {
                const __m512i words = prng_words16(key, _mm512_set1_epi32(int(c / 32)));
                const int64_t n = b.n_in - c < 32 ? b.n_in - c : 32;
                for (int64_t e = 0; e < n; ++e) {
                    const float * x = xt + (c + e) * tile_tokens;
                    const __mmask16 negative = _mm512_test_epi32_mask(words, _mm512_set1_epi32(int(1u << e)));
                    all = _mm512_add_ps(all, _mm512_loadu_ps(x));
                    for (int k = 0; k < tile_tokens; ++k) {
                        sum[k] = _mm512_mask_add_ps(sum[k], negative, sum[k], _mm512_set1_ps(x[k]));
                    }
                }
            }
            transpose16(sum);
            for (int k = 0; k < 16 && i + k < n_rows; ++k) {
                const __m512 signed_sum = _mm512_fmadd_ps(sum[k], _mm512_set1_ps(-2.0f), all);
                add_scaled(acc + (tile * n_rows + i + k) * tile_tokens, signed_sum, b.scale);
            }
        }
    }
}

static void coo_batch(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row,
                      int64_t n_rows, float * acc) {
    const auto & d = static_cast<const coo_term &>(t);
    switch (n_tiles) {
        case 1:
            coo_tiles<1>(d, in, in_stride, first_row, n_rows, acc);
            break;
        case 2:
            coo_tiles<2>(d, in, in_stride, first_row, n_rows, acc);
            break;
        case 3:
            coo_tiles<3>(d, in, in_stride, first_row, n_rows, acc);
            break;
        case 4:
            coo_tiles<4>(d, in, in_stride, first_row, n_rows, acc);
            break;
    }
}

static void block_batch(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row,
                        int64_t n_rows, float * acc) {
    const auto & d = static_cast<const block_term &>(t);
    switch (n_tiles) {
        case 1:
            block_tiles<1>(d, in, in_stride, first_row, n_rows, acc);
            break;
        case 2:
            block_tiles<2>(d, in, in_stride, first_row, n_rows, acc);
            break;
        case 3:
            block_tiles<3>(d, in, in_stride, first_row, n_rows, acc);
            break;
        case 4:
            block_tiles<4>(d, in, in_stride, first_row, n_rows, acc);
            break;
    }
}

#include "trellis-entry.h"

static const term_kernel kernel_trellis = { trellis_vec, trellis_batch, trellis_prepare };
static const term_kernel kernel_none = { none_vec, none_batch, nullptr };
static const term_kernel kernel_prng_block = { prng_vec, prng_batch, nullptr };
static const term_kernel kernel_coo = { coo_vec, coo_batch, nullptr };
static const term_kernel kernel_block = { block_vec, block_batch, nullptr };

} // namespace SD_ISA
} // namespace seeddelta

#include "kernel-table.h"
