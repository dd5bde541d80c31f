// AVX2 + FMA + F16C; kernels-avxvnni.cpp compiles it again. Everything here is static and touches only plain fields: no
// inline function of a header may be emitted with these instructions (tests/no-shared-code.sh checks the object files).
#include "kernels.h"

#include "../codec/fht.h"
#include "../codec/prng.h"
#include "../codec/terms.h"

#include <immintrin.h>

#ifndef SD_ISA
#define SD_ISA avx2
#endif

namespace seeddelta {
namespace SD_ISA {

static_assert(tile_tokens == 16, "a tile is two AVX registers");
static_assert(max_tiles == 4, "the batches have a case for each number of tiles");

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
    const __m256i counter =
        _mm256_add_epi32(_mm256_mullo_epi32(i, _mm256_set1_epi32(int(prng_golden))), _mm256_set1_epi32(0x7f4a7c15));
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
        __m256 sum0 = _mm256_setzero_ps();
        __m256 sum1 = _mm256_setzero_ps();
        uint32_t words[8];
        for (int64_t w = 0; w < n_whole; ++w) {
            if (w % 8 == 0) {
                prng_words(key, uint32_t(w), words);
            }
            const uint32_t s = words[w % 8];
            const float * p = x + w * 32;
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

/// `tiles` tiles at once, so that signs are made once for all of them.
template <int tiles>
static inline void prng_tiles(const prng_block_term & b, const void * in, size_t in_stride, int64_t first_row,
                              int64_t n_rows, float * acc) {
    const float * xt = static_cast<const float *>(in);
    const int64_t step = int64_t(in_stride / sizeof(float));
    for (int64_t i = 0; i < n_rows; ++i) {
        const uint32_t key = prng_row_key(b.seed, b.tensor_hash, first_row + i);
        __m256 lo[tiles], hi[tiles];
        for (int m = 0; m < tiles; ++m) {
            lo[m] = hi[m] = _mm256_setzero_ps();
        }
        uint32_t words[8];
        for (int64_t c = 0; c < b.n_in; c += 32) {
            if (c % 256 == 0) {
                prng_words(key, uint32_t(c / 32), words);
            }
            uint32_t s = words[(c / 32) % 8];
            const int64_t n = b.n_in - c < 32 ? b.n_in - c : 32;
            const float * x = xt + c * tile_tokens;
            for (int64_t e = 0; e < n; ++e, s >>= 1, x += tile_tokens) {
                const __m256 sign = _mm256_castsi256_ps(_mm256_set1_epi32(int(s << 31)));
                for (int m = 0; m < tiles; ++m) {
                    lo[m] = _mm256_add_ps(lo[m], _mm256_xor_ps(_mm256_loadu_ps(x + m * step), sign));
                    hi[m] = _mm256_add_ps(hi[m], _mm256_xor_ps(_mm256_loadu_ps(x + m * step + 8), sign));
                }
            }
        }
        for (int m = 0; m < tiles; ++m) {
            add_scaled(acc + (m * n_rows + i) * tile_tokens, lo[m], hi[m], b.scale);
        }
    }
}

static inline float coo_value(const coo_term & d, int64_t slot) {
    return d.val_i8 ? float(d.val_i8[slot]) : f16_at(d.val_f16 + slot);
}

static inline int64_t coo_index(const coo_term & d, int64_t slot) {
    return d.idx16 ? d.idx16[slot] : d.idx32[slot];
}

static inline __m256 values8(const uint16_t * p) {
    return f16x8(p);
}

static inline __m256 values8(const int8_t * p) {
    return i8x8(p);
}

static inline float value_at(const uint16_t * p) {
    return f16_at(p);
}

static inline float value_at(const int8_t * p) {
    return float(*p);
}

/// Asks for what a stream of payload bytes reaches some lines later; addresses past its end are harmless.
static inline void prefetch(const void * p) {
    _mm_prefetch(static_cast<const char *>(p) + 1024, _MM_HINT_T0);
}

/// x[i[0..8)). Loads and insertions: a gather is microcode on Zen, and on Intel since the mitigation of Downfall.
template <typename Index>
static inline __m256 gather8(const Index * i, const float * x) {
    const __m128 a = _mm_setr_ps(x[i[0]], x[i[1]], x[i[2]], x[i[3]]);
    const __m128 b = _mm_setr_ps(x[i[4]], x[i[5]], x[i[6]], x[i[7]]);
    return _mm256_insertf128_ps(_mm256_castps128_ps256(a), b, 1);
}

template <typename Index, typename Value>
static inline void coo_rows(const coo_term & d, const Index * idx, const Value * val, const float * x,
                            int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t row = first_row + i;
        const int64_t begin = row * d.k;
        __m256 sum0 = _mm256_setzero_ps();
        __m256 sum1 = _mm256_setzero_ps();
        int64_t j = 0;
        for (; j + 16 <= d.k; j += 16) {
            const int64_t at = begin + j;
            prefetch(idx + at);
            prefetch(val + at);
            sum0 = _mm256_fmadd_ps(values8(val + at), gather8(idx + at, x), sum0);
            sum1 = _mm256_fmadd_ps(values8(val + at + 8), gather8(idx + at + 8, x), sum1);
        }
        float tail = 0.0f;
        for (; j < d.k; ++j) {
            tail += value_at(val + begin + j) * x[idx[begin + j]];
        }
        const float sum = horizontal_sum(_mm256_add_ps(sum0, sum1)) + tail;
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
        __m256 lo[tiles], hi[tiles];
        for (int m = 0; m < tiles; ++m) {
            lo[m] = hi[m] = _mm256_setzero_ps();
        }
        for (int64_t j = 0; j < d.k; ++j) {
            const int64_t slot = row * d.k + j;
            const __m256 v = _mm256_set1_ps(coo_value(d, slot));
            const float * x = xt + coo_index(d, slot) * tile_tokens;
            for (int m = 0; m < tiles; ++m) {
                lo[m] = _mm256_fmadd_ps(v, _mm256_loadu_ps(x + m * step), lo[m]);
                hi[m] = _mm256_fmadd_ps(v, _mm256_loadu_ps(x + m * step + 8), hi[m]);
            }
        }
        const float scale = d.val_i8 ? f16_at(d.scale_f16 + row) : 1.0f;
        for (int m = 0; m < tiles; ++m) {
            add_scaled(acc + (m * n_rows + i) * tile_tokens, lo[m], hi[m], scale);
        }
    }
}

static inline float block_value(const block_term & d, int64_t at) {
    return d.val_i8 ? float(d.val_i8[at]) : f16_at(d.val_f16 + at);
}

/// sum += block `slot` · x, for a block that ends before n_in.
template <int block, typename Value>
static inline __m256 add_block(const block_term & d, const Value * val, int64_t slot, const float * x, __m256 sum) {
    const Value * v = val + slot * block;
    prefetch(v);
    const float * xb = x + int64_t(d.map[slot]) * block;
    if (sizeof(Value) == 2) {
        for (int e = 0; e < block; e += 8) {
            sum = _mm256_fmadd_ps(values8(v + e), _mm256_loadu_ps(xb + e), sum);
        }
        return sum;
    }
    __m256 part = _mm256_mul_ps(values8(v), _mm256_loadu_ps(xb));
    for (int e = 8; e < block; e += 8) {
        part = _mm256_fmadd_ps(values8(v + e), _mm256_loadu_ps(xb + e), part);
    }
    return _mm256_fmadd_ps(part, _mm256_set1_ps(f16_at(d.scale_f16 + slot)), sum);
}

template <int block, typename Value>
static inline void block_rows(const block_term & d, const Value * val, const float * x, int64_t first_row,
                              int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t first = (first_row + i) * d.kept;
        const int64_t last = first + d.kept;
        const int64_t end = int64_t(d.map[last - 1] + 1) * block;
        const int64_t whole = end > d.n_in ? last - 1 : last; // only the last block of a row may be short
        __m256 sum0 = _mm256_setzero_ps();
        __m256 sum1 = _mm256_setzero_ps();
        __m256 sum2 = _mm256_setzero_ps();
        __m256 sum3 = _mm256_setzero_ps();
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
        float tail = 0.0f;
        if (slot < last) {
            const int64_t c = int64_t(d.map[slot]) * block;
            for (int64_t e = 0; c + e < d.n_in; ++e) {
                tail += value_at(val + slot * block + e) * x[c + e];
            }
            tail *= d.val_i8 ? f16_at(d.scale_f16 + slot) : 1.0f;
        }
        acc[i] += horizontal_sum(_mm256_add_ps(_mm256_add_ps(sum0, sum1), _mm256_add_ps(sum2, sum3))) + tail;
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
        __m256 lo[tiles], hi[tiles];
        for (int m = 0; m < tiles; ++m) {
            lo[m] = hi[m] = _mm256_setzero_ps();
        }
        for (int64_t j = 0; j < d.kept; ++j) {
            const int64_t slot = (first_row + i) * d.kept + j;
            const int64_t c = int64_t(d.map[slot]) * d.block;
            const int64_t n = d.n_in - c < d.block ? d.n_in - c : d.block;
            const float scale = d.val_i8 ? f16_at(d.scale_f16 + slot) : 1.0f;
            for (int64_t e = 0; e < n; ++e) {
                const __m256 v = _mm256_set1_ps(block_value(d, slot * d.block + e) * scale);
                const float * x = xt + (c + e) * tile_tokens;
                for (int m = 0; m < tiles; ++m) {
                    lo[m] = _mm256_fmadd_ps(v, _mm256_loadu_ps(x + m * step), lo[m]);
                    hi[m] = _mm256_fmadd_ps(v, _mm256_loadu_ps(x + m * step + 8), hi[m]);
                }
            }
        }
        for (int m = 0; m < tiles; ++m) {
            add_scaled(acc + (m * n_rows + i) * tile_tokens, lo[m], hi[m], 1.0f);
        }
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

/// The first n <= 8 of x, then zeros. No masked load: QEMU 7.2 lets one fault on lanes that it leaves out.
static inline __m256 first_floats(const float * x, int n) {
    if (n == 8) {
        return _mm256_loadu_ps(x);
    }
    float some[8] = {};
    for (int i = 0; i < n; ++i) {
        some[i] = x[i];
    }
    return _mm256_loadu_ps(some);
}

static bool lay_out_inputs(const float * x, int64_t x_stride, int64_t n_tok, int64_t first, int64_t last, float * xt) {
    __m256i changed = _mm256_setzero_si256();
    for (int64_t c = first; c < last; c += 8) {
        const int n = last - c < 8 ? int(last - c) : 8;
        for (int64_t half = 0; half < tile_tokens; half += 8) {
            __m256 r[8];
            for (int k = 0; k < 8; ++k) {
                r[k] = half + k < n_tok ? first_floats(x + (half + k) * x_stride + c, n) : _mm256_setzero_ps();
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
#include "fht-transform.h"
#include "fht-kernel.h"

static void prng_batch(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row,
                       int64_t n_rows, float * acc) {
    const auto & b = static_cast<const prng_block_term &>(t);
    if (b.searched != 0) {
        search_batch(b, in, in_stride, n_tiles, first_row, n_rows, acc);
        return;
    }
    switch (n_tiles) {
        case 1:
            prng_tiles<1>(b, in, in_stride, first_row, n_rows, acc);
            break;
        case 2:
            prng_tiles<2>(b, in, in_stride, first_row, n_rows, acc);
            break;
        case 3:
            prng_tiles<3>(b, in, in_stride, first_row, n_rows, acc);
            break;
        case 4:
            prng_tiles<4>(b, in, in_stride, first_row, n_rows, acc);
            break;
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
