#pragma once

#include "second-moments.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace seeddelta {

/// (D^-½ A D^-½ + λ) u = D^-½ b with D = diag(A): a small damped system, solved for d = D^-½ u.
class damped_system {
  public:
    static constexpr int    max_steps = 32;
    static constexpr double tolerance = 1e-10; // of the squared, scaled residual: the steps end early there

    /// 0.01 + inputs / vectors behind H: holds back corrections that only fit the noise of an H from few vectors.
    static double damping(const second_moments & h) { return 0.01 + double(h.n()) / double(h.count()); }

    /// Makes room for k unknowns. Unknowns with a diagonal of zero are left at zero.
    void resize(int64_t k);
    /// To be called for every unknown before entry().
    void set(int64_t i, double diagonal, double right);
    void entry(int64_t i, int64_t j, double a) {
        a_[size_t(i * k_ + j)] = float(a * root_[size_t(i)] * root_[size_t(j)]);
    }
    double root(int64_t i) const { return root_[size_t(i)]; }
    /// Conjugate gradients in double, a bounded number of steps. d(i) are then the solution.
    void   solve(double lambda);
    double d(int64_t i) const { return root_[size_t(i)] * d_[size_t(i)]; }

  private:
    int64_t             k_ = 0;
    std::vector<float>  a_; // scaled, k × k
    std::vector<double> root_, b_, d_, p_, q_;
};

/// Refits the kept values of a residual row against second moments: what was dropped is made up for, as far as inputs
/// correlate, by what was kept. Minimises (r − v)ᵀ H (r − v) + λ Σ H_jj (r_j − v_j)² over v that is zero outside the
/// kept inputs. λ = damped_system::damping.
/// One per thread; results depend on the row alone.
class kept_refit {
  public:
    /// `h` may be nullptr or have no matrix; then nothing is refitted.
    explicit kept_refit(const second_moments * h) : h_(h && h->has_matrix() ? h : nullptr) {}

    /// r[kept[0..k)] become the refitted values; the rest of r[n] is left alone. kept: distinct inputs.
    /// Conjugate gradients on the k × k system scaled to a unit diagonal, in double, a bounded number of steps: at most
    /// k · n + max_steps · k² products. Inputs that were never active (H_jj = 0) keep their value.
    void row(float * r, const uint32_t * kept, int64_t k);

  private:
    const second_moments * h_;
    damped_system          system_;
    std::vector<float>     dropped_;
};

} // namespace seeddelta
