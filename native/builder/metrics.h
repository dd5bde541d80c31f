#pragma once

#include "../codec/weight.h"
#include "dense.h"
#include "progress.h"
#include "stored-payload.h"

#include <seeddelta/seeddelta.h>

#include <functional>

namespace seeddelta {

/// Fills hat[n_in] with row `row` of what stands for a weight. Any number of threads.
using row_source = std::function<void(int64_t row, float * hat)>;

/// All metrics but ops_ratio, which is 1, of anything that has the shape of `w`.
sd_metrics measure(const dense_weight & w, const row_source & hat, const sd_measure_params & params,
                   const progress & watch);

/// Everything sd_measure reports. Formulas: docs/METRICS.md. Independent of threads.
sd_metrics measure(const dense_weight & w, const stored_payload & payload, const sd_measure_params & params,
                   const progress & watch);

/// Mean and quantiles of samples (any order); all NaN when there are none.
/// Quantile p of n ascending values is at position (n − 1) p, linearly between its neighbours.
sd_stat statistics(std::vector<double> samples);

/// How alike two vectors are, from their sums of squares and products; every case with zeros is defined.
struct likeness {
    double a_a = 0, b_b = 0, a_b = 0; // <a, a>, <b, b>, <a, b>; a is the original

    double cos() const;        // 1 when both are zero, 0 when one is
    double norm_ratio() const; // ‖b‖ / ‖a‖, 1 when both are zero
};

/// y[first .. last)[n_columns] = rows of two matrices times x[n_in][n_columns], f32, each element summed over the
/// inputs in order, so that its bits do not depend on vector width. n_columns is a multiple of gemm_columns.
constexpr int64_t gemm_columns = 16;
void gemm_pair(const float * w, const float * w_hat, int64_t n_in, const float * x, int64_t n_columns, float * y,
               float * y_hat);

/// √(tr(E H Eᵀ) / tr(W H Wᵀ)) over these rows, E = W − Ŵ, H the weight's second moments; NaN when it has none.
double moments_error(const dense_weight & w, const row_source & hat, const std::vector<int64_t> & rows, int n_threads);

/// Rows that the weight metrics use: all when wanted is 0 or at least n_out, else `wanted` distinct ones drawn from the
/// seed, ascending.
std::vector<int64_t> sample_rows(int64_t n_out, int64_t wanted, uint64_t seed);

} // namespace seeddelta
