#pragma once

#include "term.h"

#include <string>

namespace seeddelta {

/// Ŵ = diag(s) · (W0 + Δ), opened on a payload whose memory the caller keeps alive.
/// Immutable after opening; safe to read from any thread.
class weight {
  public:
    /// Checks everything that can be wrong with a payload; throws format_error with tensor and reason.
    static std::unique_ptr<const weight> open(const payload & p);

    int64_t n_out() const { return n_out_; }
    int64_t n_in() const { return n_in_; }
    const std::string & name() const { return name_; }

    /// s[row]; 1 for a payload without row_scale.
    float row_scale(int64_t row) const;
    /// s[first], … s[first + n − 1].
    void row_scales(int64_t first, int64_t n, float * s) const;

    /// w[n_in] = row `row` of Ŵ, f32. The scalar oracle of the whole representation.
    void decode_row(int64_t row, float * w) const;

    /// The larger one of its terms'.
    float kernel_tolerance() const;

    const term & base() const { return *base_; }
    const term & residual() const { return *residual_; }
    int base_id() const { return base_id_; }         // base_kind
    int residual_id() const { return residual_id_; } // resid_scheme

  private:
    std::string           name_;
    int64_t               n_out_ = 0;
    int64_t               n_in_ = 0;
    int                   base_id_ = 0;
    int                   residual_id_ = 0;
    const void *          scale_ = nullptr;
    elem                  scale_type_ = elem::f32;
    std::unique_ptr<term> base_;
    std::unique_ptr<term> residual_;
};

} // namespace seeddelta
