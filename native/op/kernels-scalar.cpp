#include "kernels.h"

#include "../codec/f16.h"
#include "../codec/fht.h"
#include "../codec/terms.h"

#include <cstring>

namespace seeddelta {
namespace scalar {

static void none_vec(const term &, const void *, int64_t, int64_t, float *) {}

#include "prng-search-kernel.h"

static void none_batch(const term &, const void *, size_t, int64_t, int64_t, int64_t, float *) {}

static void prng_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & b = static_cast<const prng_block_term &>(t);
    if (b.searched != 0) {
        search_vec(b, x, first_row, n_rows, acc);
        return;
    }
    for (int64_t i = 0; i < n_rows; ++i) {
        const uint32_t key = prng_row_key(b.seed, b.tensor_hash, first_row + i);
        float          sum = 0.0f;
        for (int64_t c = 0; c < b.n_in; ++c) {
            const uint32_t signs = prng_word(key, uint32_t(c / prng_block_term::block));
            sum += (signs >> (c % prng_block_term::block)) & 1 ? -x[c] : x[c];
        }
        acc[i] += b.scale * sum;
    }
}

static void prng_tile(const prng_block_term & b, const float * xt, int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const uint32_t key = prng_row_key(b.seed, b.tensor_hash, first_row + i);
        float          sum[tile_tokens] = {};
        for (int64_t c = 0; c < b.n_in; ++c) {
            const uint32_t signs = prng_word(key, uint32_t(c / prng_block_term::block));
            const float    v = (signs >> (c % prng_block_term::block)) & 1 ? -1.0f : 1.0f;
            for (int k = 0; k < tile_tokens; ++k) {
                sum[k] += v * xt[c * tile_tokens + k];
            }
        }
        for (int k = 0; k < tile_tokens; ++k) {
            acc[i * tile_tokens + k] += b.scale * sum[k];
        }
    }
}

static float coo_value(const coo_term & d, int64_t slot) {
    return d.val_i8 ? float(d.val_i8[slot]) : f16_to_f32(d.val_f16[slot]);
}

static void coo_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & d = static_cast<const coo_term &>(t);
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t row = first_row + i;
        float         sum = 0.0f;
        for (int64_t j = 0; j < d.k; ++j) {
            const int64_t slot = row * d.k + j;
            sum += coo_value(d, slot) * x[d.idx16 ? d.idx16[slot] : d.idx32[slot]];
        }
        acc[i] += d.val_i8 ? sum * f16_to_f32(d.scale_f16[row]) : sum;
    }
}

static void coo_tile(const coo_term & d, const float * xt, int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t row = first_row + i;
        float         sum[tile_tokens] = {};
        for (int64_t j = 0; j < d.k; ++j) {
            const int64_t slot = row * d.k + j;
            const float   v = coo_value(d, slot);
            const float * x = xt + int64_t(d.idx16 ? d.idx16[slot] : d.idx32[slot]) * tile_tokens;
            for (int k = 0; k < tile_tokens; ++k) {
                sum[k] += v * x[k];
            }
        }
        const float scale = d.val_i8 ? f16_to_f32(d.scale_f16[row]) : 1.0f;
        for (int k = 0; k < tile_tokens; ++k) {
            acc[i * tile_tokens + k] += sum[k] * scale;
        }
    }
}

static void block_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const float * x = static_cast<const float *>(in);
    const auto & d = static_cast<const block_term &>(t);
    for (int64_t i = 0; i < n_rows; ++i) {
        float sum = 0.0f;
        for (int64_t j = 0; j < d.kept; ++j) {
            const int64_t slot = (first_row + i) * d.kept + j;
            const int64_t c = int64_t(d.map[slot]) * d.block;
            const int64_t n = d.n_in - c < d.block ? d.n_in - c : d.block;
            float         part = 0.0f;
            for (int64_t e = 0; e < n; ++e) {
                const int64_t v = slot * d.block + e;
                part += (d.val_i8 ? float(d.val_i8[v]) : f16_to_f32(d.val_f16[v])) * x[c + e];
            }
            sum += d.val_i8 ? part * f16_to_f32(d.scale_f16[slot]) : part;
        }
        acc[i] += sum;
    }
}

static void block_tile(const block_term & d, const float * xt, int64_t first_row, int64_t n_rows, float * acc) {
    for (int64_t i = 0; i < n_rows; ++i) {
        float sum[tile_tokens] = {};
        for (int64_t j = 0; j < d.kept; ++j) {
            const int64_t slot = (first_row + i) * d.kept + j;
            const int64_t c = int64_t(d.map[slot]) * d.block;
            const int64_t n = d.n_in - c < d.block ? d.n_in - c : d.block;
            const float   scale = d.val_i8 ? f16_to_f32(d.scale_f16[slot]) : 1.0f;
            for (int64_t e = 0; e < n; ++e) {
                const int64_t at = slot * d.block + e;
                const float   v = d.val_i8 ? float(d.val_i8[at]) * scale : f16_to_f32(d.val_f16[at]);
                for (int k = 0; k < tile_tokens; ++k) {
                    sum[k] += v * xt[(c + e) * tile_tokens + k];
                }
            }
        }
        for (int k = 0; k < tile_tokens; ++k) {
            acc[i * tile_tokens + k] += sum[k];
        }
    }
}

static bool lay_out_inputs(const float * x, int64_t x_stride, int64_t n_tok, int64_t first, int64_t last, float * xt) {
    bool changed = false;
    for (int64_t c = first; c < last; ++c) {
        for (int64_t k = 0; k < tile_tokens; ++k) {
            const float value = k < n_tok ? x[k * x_stride + c] : 0.0f;
            float * at = xt + c * tile_tokens + k;
            changed = changed || std::memcmp(at, &value, sizeof(value)) != 0;
            *at = value;
        }
    }
    return changed;
}

static void widen(float * out, const uint16_t * f16, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        out[i] = f16_to_f32(f16[i]);
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

#include "trellis-entry.h"

static const term_kernel kernel_trellis = { trellis_vec, trellis_batch, trellis_prepare };
static const term_kernel kernel_none = { none_vec, none_batch, nullptr };
static const term_kernel kernel_prng_block = { prng_vec, prng_batch, nullptr };
static const term_kernel kernel_coo = { coo_vec, coo_batch, nullptr };
static const term_kernel kernel_block = { block_vec, block_batch, nullptr };

} // namespace scalar
} // namespace seeddelta

#define SD_ISA scalar
#include "kernel-table.h"
