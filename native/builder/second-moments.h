#pragma once

#include <cstdint>
#include <vector>

namespace seeddelta {

/// What is known about the inputs of a weight beyond their size: H = E[x xᵀ], whole and symmetric, and real inputs.
/// Immutable; shared by everything that works on the weight.
class second_moments {
  public:
    /// packed: upper triangle of H, row after row, n · (n + 1) / 2 values, or nullptr; count: vectors behind the mean;
    /// samples[n_samples][n] or nullptr. Both are copied.
    second_moments(int64_t n, const float * packed, int64_t count, const float * samples, int64_t n_samples);

    int64_t n() const { return n_; }
    int64_t count() const { return count_; }
    bool    has_matrix() const { return !matrix_.empty(); }
    /// Row `i` of H: n floats.
    const float * row(int64_t i) const { return matrix_.data() + i * n_; }
    int64_t       n_samples() const { return n_samples_; }
    const float * sample(int64_t s) const { return samples_.data() + s * n_; }

    /// out[n] = H v, skipping zeros of v; sums over the inputs in order.
    void times(const float * v, double * out) const;

  private:
    int64_t            n_;
    int64_t            count_;
    int64_t            n_samples_;
    std::vector<float> matrix_;
    std::vector<float> samples_;
};

} // namespace seeddelta
