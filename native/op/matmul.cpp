#include "matmul.h"

#include <algorithm>
#include <cmath>

namespace seeddelta {

namespace {

constexpr int64_t max_rows = term::max_row_group;

float replacement(const matmul_job & job, int64_t token, int64_t row) {
    const float value = job.fallback ? job.fallback->dot(row, job.x + token * job.x_stride) : 0.0f;
    return std::isfinite(value) ? value : 0.0f;
}

/// y of `n` rows and a token = sums[i · stride] · scale[i], what is not finite being replaced. Returns how many were.
int64_t store(const matmul_job & job, const float * sums, int64_t stride, const float * scale, int64_t token,
              int64_t row, int64_t n) {
    float * y = job.y + token * job.y_stride + row;
    int bad = 0; // a count and no branches: these loops become vectors
    for (int64_t i = 0; i < n; ++i) {
        y[i] = sums[i * stride] * scale[i];
        bad += y[i] - y[i] != 0.0f;
    }
    for (int64_t i = 0; bad > 0 && i < n; ++i) {
        if (!std::isfinite(y[i])) {
            y[i] = replacement(job, token, row + i);
        }
    }
    return bad;
}

struct term_use {
    const term * t;
    const term_kernel * kernel;
    const char * in; // tile 0
    size_t stride;
};

/// Half of a second-level cache of 1 MiB, what a core of the servers of 2021 to 2025 has.
constexpr size_t tiles_bytes = size_t(512) << 10;

int64_t tiles_at_once(const term_use * uses, int n_uses) {
    size_t bytes = 0;
    for (int u = 0; u < n_uses; ++u) {
        bytes += u > 0 && uses[u].in == uses[0].in ? 0 : uses[u].stride;
    }
    return std::clamp<int64_t>(int64_t(tiles_bytes / std::max<size_t>(bytes, 1)), 1, max_tiles);
}

/// The terms that are not zero.
int terms_of(const matmul_job & job, term_use * uses) {
    const weight & w = *job.w;
    const term_use both[] = {
        { &w.base(), &job.kernels->bases[w.base_id()], nullptr, 0 },
        { &w.residual(), &job.kernels->schemes[w.residual_id()], nullptr, 0 },
    };
    int n = 0;
    for (int i = 0; i < 2; ++i) {
        if (!both[i].t->is_zero()) {
            uses[n] = both[i];
            uses[n].in = static_cast<const char *>(job.input ? job.input->tiles(i) : job.x);
            uses[n].stride = job.input ? job.input->stride(i) : 0;
            ++n;
        }
    }
    return n;
}

int64_t one_token(const matmul_job & job, const term_use * uses, int n_uses, int64_t row, int64_t n_rows) {
    alignas(64) float acc[max_rows] = {};
    float scale[max_rows];
    for (int u = 0; u < n_uses; ++u) {
        uses[u].kernel->vec(*uses[u].t, uses[u].in, row, n_rows, acc);
    }
    job.w->row_scales(row, n_rows, scale);
    return store(job, acc, 1, scale, 0, row, n_rows);
}

int64_t some_tiles(const matmul_job & job, const term_use * uses, int n_uses, int64_t first_tile, int64_t n_tiles,
                   int64_t row, int64_t n_rows) {
    alignas(64) float acc[max_rows * tile_tokens * max_tiles];
    float scale[max_rows];
    int64_t n_bad = 0;
    std::fill(acc, acc + n_tiles * n_rows * tile_tokens, 0.0f);
    for (int u = 0; u < n_uses; ++u) {
        uses[u].kernel->batch(*uses[u].t, uses[u].in + size_t(first_tile) * uses[u].stride, uses[u].stride, n_tiles,
                              row, n_rows, acc);
    }
    job.w->row_scales(row, n_rows, scale);
    const int64_t first_token = first_tile * tile_tokens;
    const int64_t n_tok = std::min(job.n_tok - first_token, n_tiles * tile_tokens);
    for (int64_t k = 0; k < n_tok; ++k) {
        const float * a = acc + k / tile_tokens * n_rows * tile_tokens + k % tile_tokens;
        n_bad += store(job, a, tile_tokens, scale, first_token + k, row, n_rows);
    }
    return n_bad;
}

} // namespace

int64_t matmul_row_group(const weight & w) {
    return std::max(w.base().row_group(), w.residual().row_group()); // powers of two
}

int64_t matmul_rows(const matmul_job & job, int64_t first, int64_t last) {
    term_use uses[2];
    const int n_uses = terms_of(job, uses);
    const int64_t group = matmul_row_group(*job.w);
    int64_t n_bad = 0;
    if (job.n_tok == 1) {
        for (int64_t row = first; row < last; row += max_rows) {
            n_bad += one_token(job, uses, n_uses, row, std::min(max_rows, last - row));
        }
        return n_bad;
    }
    // Some tiles at a time with all rows: their activations stay in this core's cache, the payload streams past them.
    const int64_t n_tiles = (job.n_tok + tile_tokens - 1) / tile_tokens;
    const int64_t at_once = tiles_at_once(uses, n_uses);
    for (int64_t tile = 0; tile < n_tiles; tile += at_once) {
        for (int64_t row = first; row < last; row += group) {
            n_bad += some_tiles(job, uses, n_uses, tile, std::min(at_once, n_tiles - tile), row,
                                std::min(group, last - row));
        }
    }
    return n_bad;
}

} // namespace seeddelta
