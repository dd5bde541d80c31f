#pragma once

#include "../codec/trellis.h"
#include "dense.h"
#include "progress.h"
#include "trellis-search.h"

#include <vector>

namespace seeddelta {

/// The error of a row e of W − Ŵ in rotated inputs is e H eᵀ. With H = N D Nᵀ, N upper triangular with a unit diagonal,
/// it is Σ_c D_c (e_c + Σ_{j<c} e_j N_jc)²: coding column c, the errors made before shift its target by Σ_{j<c} e_j
/// N_jc.
class trellis_feedback {
  public:
    /// H = Q (second moments, else diag(importance)) Qᵀ / mean diagonal + damping · 1. Neither given, or all of it
    /// zero: H = 1 and nothing is fed back. n_in² floats twice. Columns are exact chains of f32 operations, so the bits
    /// do not depend on threads or instruction set.
    trellis_feedback(const dense_weight & w, const second_moments * moments, const input_rotation & rotation,
                     double damping, const trellis_kernel & kernel, int n_threads, const progress & watch);

    bool plain() const { return h_.empty(); }
    /// Row c of H.
    const float * h(int64_t c) const { return h_.data() + c * n_; }
    /// N_jc for j < c; entries from c on are not used.
    const float * n(int64_t c) const { return n_matrix_.data() + c * n_; }

  private:
    void factor(double damping, const trellis_kernel & kernel, int n_threads, const progress & watch);

    int64_t n_;
    std::vector<float> h_, n_matrix_;
};

} // namespace seeddelta
