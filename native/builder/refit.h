#pragma once

#include "second-moments.h"

#include <cstdint>
#include <vector>

namespace seeddelta {

/// Refits the kept values of a residual row against second moments: what was dropped is made up for, as far as inputs
/// correlate, by what was kept. Minimises (r − v)ᵀ H (r − v) + λ Σ H_jj (r_j − v_j)² over v that is zero outside the
/// kept inputs. λ = damping holds back corrections that only fit the noise of an H from few vectors.
/// One per thread; results depend on the row alone.
class kept_refit {
  public:
    static constexpr int    max_steps = 32;
    static constexpr double tolerance = 1e-10; // of the squared, scaled residual: the steps end early there

    /// `h` may be nullptr or have no matrix; then nothing is refitted.
    explicit kept_refit(const second_moments * h) : h_(h && h->has_matrix() ? h : nullptr) {}

    /// 0.01 + inputs / vectors behind H.
    static double damping(const second_moments & h) { return 0.01 + double(h.n()) / double(h.count()); }

    /// r[kept[0..k)] become the refitted values; the rest of r[n] is left alone. kept: distinct inputs.
    /// Conjugate gradients on the k × k system scaled to a unit diagonal, in double, a bounded number of steps: at most
    /// k · n + max_steps · k² products. Inputs that were never active (H_jj = 0) keep their value.
    void row(float * r, const uint32_t * kept, int64_t k);

  private:
    const second_moments * h_;
    std::vector<float>     a_; // scaled H of the kept inputs, k × k
    std::vector<double>    root_, b_, d_, p_, q_;
    std::vector<float>     dropped_;
};

} // namespace seeddelta
