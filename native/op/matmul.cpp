#include "matmul.h"

#include <algorithm>
#include <cmath>

namespace seeddelta {

namespace {

constexpr int64_t row_group = 16; // rows per kernel call: one 64-byte line of y per token

int64_t n_tiles(int64_t n_tok) {
    return (n_tok + tile_tokens - 1) / tile_tokens;
}

int64_t prepared_floats(const weight & w) {
    return w.base().is_zero() ? 0 : w.base().prepared_floats();
}

/// z of a tile: behind the activations of all tiles; of a single token: the whole scratch.
float * prepared(const matmul_job & job, int64_t tile) {
    float * scratch = static_cast<float *>(job.scratch);
    return job.n_tok == 1 ? scratch
                          : scratch + (n_tiles(job.n_tok) * job.w->n_in() + tile * prepared_floats(*job.w)) * tile_tokens;
}

float replacement(const matmul_job & job, int64_t token, int64_t row) {
    const float value = job.fallback ? job.fallback->dot(row, job.x + token * job.x_stride) : 0.0f;
    return std::isfinite(value) ? value : 0.0f;
}

} // namespace

size_t matmul_scratch_bytes(const weight & w, int64_t n_tok) {
    const int64_t prepared = prepared_floats(w);
    const int64_t floats = n_tok == 1 ? prepared : n_tiles(n_tok) * (w.n_in() + prepared) * tile_tokens;
    return size_t(floats) * sizeof(float);
}

/// What the base prepares, by tile and unit.
static void prepare_base(const matmul_job & job, int ith, int nth) {
    const term &        base = job.w->base();
    const term_kernel & kernel = job.kernels->bases[job.w->base_id()];
    const int64_t       units = prepared_floats(*job.w) == 0 ? 0 : base.prepare_units();
    for (int64_t i = ith; i < units * n_tiles(job.n_tok); i += nth) {
        const int64_t tile = i / units;
        const int64_t n = std::min<int64_t>(tile_tokens, job.n_tok - tile * tile_tokens);
        kernel.prepare(base, job.x + tile * tile_tokens * job.x_stride, job.x_stride, n,
                       job.n_tok == 1 ? 1 : tile_tokens, i % units, prepared(job, tile));
    }
}

void matmul_prepare(const matmul_job & job, int ith, int nth) {
    prepare_base(job, ith, nth);
    if (job.n_tok == 1) {
        return;
    }
    // Units of work are (tile, slice of inputs), so that one tile of a large matrix still feeds every thread.
    constexpr int64_t slice = 256;
    const int64_t n_in = job.w->n_in();
    const int64_t n_slices = (n_in + slice - 1) / slice;
    for (int64_t unit = ith; unit < n_tiles(job.n_tok) * n_slices; unit += nth) {
        const int64_t tile = unit / n_slices;
        const int64_t begin = unit % n_slices * slice;
        const int64_t end = std::min(begin + slice, n_in);
        const int64_t n = std::min<int64_t>(tile_tokens, job.n_tok - tile * tile_tokens);
        const float * x = job.x + tile * tile_tokens * job.x_stride;
        float *       xt = static_cast<float *>(job.scratch) + tile * n_in * tile_tokens;
        for (int64_t c = begin; c < end; ++c) {
            for (int64_t k = 0; k < tile_tokens; ++k) {
                xt[c * tile_tokens + k] = k < n ? x[k * job.x_stride + c] : 0.0f;
            }
        }
    }
}

int64_t matmul_rows(const matmul_job & job, int64_t first, int64_t last) {
    const weight &      w = *job.w;
    const term_kernel & base = job.kernels->bases[w.base_id()];
    const term_kernel & residual = job.kernels->schemes[w.residual_id()];
    const bool          with_base = !w.base().is_zero();
    int64_t             n_bad = 0;

    const auto store = [&](float & y, float value, int64_t token, int64_t row) {
        if (std::isfinite(value)) {
            y = value;
        } else {
            y = replacement(job, token, row);
            ++n_bad;
        }
    };

    alignas(64) float acc[row_group * tile_tokens];
    for (int64_t row = first; row < last; row += row_group) {
        const int64_t n_rows = std::min(row_group, last - row);
        if (job.n_tok == 1) {
            std::fill(acc, acc + n_rows, 0.0f);
            if (with_base) {
                base.vec(w.base(), base.prepare ? prepared(job, 0) : job.x, row, n_rows, acc);
            }
            residual.vec(w.residual(), job.x, row, n_rows, acc);
            for (int64_t i = 0; i < n_rows; ++i) {
                store(job.y[row + i], acc[i] * w.row_scale(row + i), 0, row + i);
            }
            continue;
        }
        float scale[row_group];
        for (int64_t i = 0; i < n_rows; ++i) {
            scale[i] = w.row_scale(row + i);
        }
        for (int64_t tile = 0; tile < n_tiles(job.n_tok); ++tile) {
            const float * xt = static_cast<const float *>(job.scratch) + tile * w.n_in() * tile_tokens;
            std::fill(acc, acc + n_rows * tile_tokens, 0.0f);
            if (with_base) {
                base.tile(w.base(), base.prepare ? prepared(job, tile) : xt, row, n_rows, acc);
            }
            residual.tile(w.residual(), xt, row, n_rows, acc);
            const int64_t n = std::min<int64_t>(tile_tokens, job.n_tok - tile * tile_tokens);
            for (int64_t k = 0; k < n; ++k) {
                const int64_t token = tile * tile_tokens + k;
                float *       y = job.y + token * job.y_stride + row;
                for (int64_t i = 0; i < n_rows; ++i) {
                    store(y[i], acc[i * tile_tokens + k] * scale[i], token, row + i);
                }
            }
        }
    }
    return n_bad;
}

} // namespace seeddelta
