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

    /// Independent pieces of work that a kernel does once per token (or tile of tokens) before it multiplies rows, and
    /// the floats per token that they leave behind; 0 for terms whose rows need nothing but x.
    virtual int64_t prepare_units() const { return 0; }
    virtual int64_t prepared_floats() const { return 0; }
};

/// Checks shapes, types, index ranges and finiteness of everything it reads; throws format_error.
using decode_fn = std::unique_ptr<term> (*)(const payload & p);

} // namespace seeddelta
