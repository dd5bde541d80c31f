#include "metrics.h"
#include "threads.h"

#include <cmath>
#include <limits>

namespace seeddelta {

/// Half of the columns of a product are rows of E, the other half rows of W.
static constexpr int64_t group = gemm_columns / 2;

double moments_error(const dense_weight & w, const row_source & hat, const std::vector<int64_t> & rows, int n_threads) {
    const second_moments * h = w.moments();
    if (h == nullptr || !h->has_matrix()) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    struct sums {
        double err = 0, norm = 0;
    };
    const int64_t     n = w.n_in();
    const int64_t     n_groups = (int64_t(rows.size()) + group - 1) / group;
    std::vector<sums> parts(static_cast<size_t>(n_groups)); // added up in order below
    parallel_for(n_groups, n_threads, [&](int64_t item) {
        std::vector<float> decoded(static_cast<size_t>(n)), x(size_t(n * gemm_columns), 0.0f);
        for (int64_t j = 0; j < group && item * group + j < int64_t(rows.size()); ++j) {
            const int64_t r = rows[size_t(item * group + j)];
            hat(r, decoded.data());
            for (int64_t c = 0; c < n; ++c) {
                x[size_t(c * gemm_columns + j)] = w.row(r)[c] - decoded[size_t(c)];
                x[size_t(c * gemm_columns + group + j)] = w.row(r)[c];
            }
        }
        double quadratic[gemm_columns] = {};
        float  y[2 * gemm_columns];
        for (int64_t i = 0; i < n; i += 2) { // two rows of H at a time; the last one alone counts once
            const int64_t second = std::min(i + 1, n - 1);
            gemm_pair(h->row(i), h->row(second), n, x.data(), gemm_columns, y, y + gemm_columns);
            for (int64_t k = 0; k < gemm_columns; ++k) {
                quadratic[k] += double(x[size_t(i * gemm_columns + k)]) * double(y[k]);
                if (second != i) {
                    quadratic[k] += double(x[size_t(second * gemm_columns + k)]) * double(y[gemm_columns + k]);
                }
            }
        }
        for (int64_t k = 0; k < group; ++k) {
            parts[size_t(item)].err += quadratic[k];
            parts[size_t(item)].norm += quadratic[group + k];
        }
    });
    sums total;
    for (const auto & p : parts) {
        total.err += p.err;
        total.norm += p.norm;
    }
    return total.err <= 0.0 ? 0.0 : std::sqrt(total.err) / std::max(std::sqrt(std::max(total.norm, 0.0)), 1e-30);
}

} // namespace seeddelta
