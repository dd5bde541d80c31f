#include "trellis-feedback.h"

#include "sums.h"
#include "threads.h"

#include <algorithm>

namespace seeddelta {

trellis_feedback::trellis_feedback(const dense_weight & w, const second_moments * moments,
                                   const input_rotation & rotation, double damping, const trellis_kernel & kernel,
                                   int n_threads, const progress & watch) :
    n_(w.n_in()) {
    const bool matrix = moments != nullptr && moments->has_matrix();
    const float * importance = w.importance();
    const auto diagonal = [&](int64_t i) { return matrix ? moments->row(i)[i] : importance[i]; };
    if (!matrix && importance == nullptr) {
        return;
    }
    const double mean = sum_lanes(n_, [&](int64_t i) { return double(diagonal(i)); }) / double(n_);
    if (!(mean > 0.0)) {
        return;
    }
    h_.assign(size_t(n_ * n_), 0.0f);
    parallel_rows(n_, n_threads, [&](int64_t, int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i) {
            float * row = h_.data() + i * n_;
            if (matrix) {
                for (int64_t j = 0; j < n_; ++j) {
                    row[j] = float(double(moments->row(i)[j]) / mean);
                }
            } else {
                row[i] = float(double(importance[i]) / mean);
            }
            rotation.forward(row);
        }
    });
    // H Qᵀ is there; its transpose, row by row, gives Q H Qᵀ because H is symmetric
    constexpr int64_t tile = 32;
    for (int64_t i = 0; i < n_; i += tile) {
        for (int64_t j = i; j < n_; j += tile) {
            for (int64_t a = i; a < std::min(i + tile, n_); ++a) {
                for (int64_t b = std::max(j, a + 1); b < std::min(j + tile, n_); ++b) {
                    std::swap(h_[size_t(a * n_ + b)], h_[size_t(b * n_ + a)]);
                }
            }
        }
    }
    parallel_rows(n_, n_threads, [&](int64_t, int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i) {
            rotation.forward(h_.data() + i * n_);
            h_[size_t(i * n_ + i)] += float(damping);
        }
    });
    for (int64_t i = 0; i < n_; ++i) { // rounding broke the symmetry
        for (int64_t j = 0; j < i; ++j) {
            h_[size_t(j * n_ + i)] = h_[size_t(i * n_ + j)];
        }
    }
    factor(damping, kernel, n_threads, watch);
}

/// From the last column to the first, in panels: row c of the lower triangle ends as D_c N_jc, then is divided.
void trellis_feedback::factor(double damping, const trellis_kernel & kernel, int n_threads, const progress & watch) {
    constexpr int64_t panel = 32;
    constexpr int64_t rows = 4;
    const int64_t stride = (n_ + 31) / 32 * 32; // whole vectors; what lies beyond the diagonal is never read
    std::vector<float> a(size_t((n_ + rows) * stride), 0.0f);
    for (int64_t i = 0; i < n_; ++i) {
        std::copy(h(i), h(i) + i + 1, a.begin() + i * stride);
    }
    std::vector<float> pivot(static_cast<size_t>(n_));
    const int64_t n_panels = (n_ + panel - 1) / panel;
    for (int64_t p = n_panels - 1; p >= 0; --p) {
        const int64_t first = p * panel;
        const int64_t last = std::min(first + panel, n_);
        watch.add(0);
        for (int64_t c = last - 1; c >= first; --c) {
            // No pivot of a positive definite matrix is below its least eigenvalue, which damping bounds.
            float * row = a.data() + c * stride;
            pivot[size_t(c)] = std::max(row[c], float(damping));
            for (int64_t j = first; j < c; ++j) {
                const float factor = row[j] / pivot[size_t(c)];
                for (int64_t k = 0; k <= j; ++k) {
                    a[size_t(j * stride + k)] -= factor * row[k];
                }
            }
        }
        parallel_for((first + rows - 1) / rows, n_threads, [&](int64_t item) {
            float minus[rows][panel];
            const float * coef[rows];
            float * acc[rows];
            const int64_t j = item * rows;
            for (int64_t i = 0; i < rows; ++i) {
                for (int64_t c = first; c < last; ++c) {
                    minus[i][c - first] = -(a[size_t(c * stride + j + i)] / pivot[size_t(c)]);
                }
                coef[i] = minus[i];
                acc[i] = a.data() + (j + i) * stride;
            }
            const int64_t width = std::min((j + rows + 31) / 32 * 32, stride);
            kernel.accumulate(a.data() + first * stride, stride, width, coef, 0, last - first, acc);
        });
    }
    n_matrix_.assign(size_t(n_ * n_), 0.0f);
    for (int64_t c = 0; c < n_; ++c) {
        for (int64_t j = 0; j < c; ++j) {
            n_matrix_[size_t(c * n_ + j)] = a[size_t(c * stride + j)] / pivot[size_t(c)];
        }
    }
}

} // namespace seeddelta
