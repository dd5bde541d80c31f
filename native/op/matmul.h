#pragma once

#include "kernels.h"

namespace seeddelta {

/// Where a non-finite result is computed again. Slow paths only.
class row_fallback {
  public:
    virtual ~row_fallback() = default;
    /// Row `row` of the dense weight · x[n_in].
    virtual float dot(int64_t row, const float * x) const = 0;
};

/// y[n_tok][n_out] = Ŵ · x[n_tok][n_in] with a kernel set. Rows are computed independently of each other, so the result
/// does not depend on how a caller splits them over threads.
/// Strides are in floats. Oracle: weight::decode_row and a dot product in double; tolerance 1e-5 · ‖ŵ‖ · ‖x‖.
struct matmul_job {
    const weight *     w = nullptr;
    const kernel_set * kernels = nullptr;
    const float *      x = nullptr;
    int64_t            x_stride = 0;
    int64_t            n_tok = 0;
    float *            y = nullptr;
    int64_t            y_stride = 0;
    void *             scratch = nullptr; // matmul_scratch_bytes, 64-byte aligned, shared by all threads
    const row_fallback * fallback = nullptr; // may stay nullptr
};

/// Bytes of scratch for n_tok tokens. 0 means that matmul_prepare has nothing to do and may be left out.
size_t matmul_scratch_bytes(const weight & w, int64_t n_tok);

/// Lays the activations of a batch out for the kernels, and does what the base does once per token. Thread `ith` of `nth` does its share; all must have returned
/// before any of them calls matmul_rows.
void matmul_prepare(const matmul_job & job, int ith, int nth);

/// Rows [first, last) of every token. A non-finite result is taken from the fallback, or is 0 where there is none or it
/// is not finite either. Returns how many there were.
int64_t matmul_rows(const matmul_job & job, int64_t first, int64_t last);

} // namespace seeddelta
