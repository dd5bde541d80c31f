#pragma once

#include "payload.h"

#include <memory>

namespace seeddelta {

/// One term of Ŵ = s ⊙ (W0 + Δ): a base W0 or a residual Δ, opened on borrowed payload memory.
/// Immutable after opening, so any number of threads may read it.
class term {
  public:
    virtual ~term() = default;

    /// w[0..n_in) += row `row` of this term. The scalar oracle: every kernel is held against it.
    virtual void add_row(int64_t row, float * w) const = 0;

    /// True when the term is identically zero, so that nobody needs to run it.
    virtual bool is_zero() const { return false; }
};

/// Checks shapes, types, index ranges and finiteness of everything it reads; throws format_error.
using decode_fn = std::unique_ptr<term> (*)(const payload & p);

} // namespace seeddelta
