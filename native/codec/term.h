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

    /// Sum of the lengths that row `row` is added up from, where they may cancel and leave a row much shorter: rounding
    /// is relative to it. 0 where the row's own length says it.
    virtual double summed_length(int64_t) const { return 0.0; }

    /// True when the term is identically zero, so that nobody needs to run it.
    virtual bool is_zero() const { return false; }

    /// Rows that a kernel multiplies together: a power of two from 16 to max_row_group. Kernels are called with a first
    /// row that is a multiple of it.
    static constexpr int64_t max_row_group = 256;
    virtual int64_t row_group() const { return 16; }

    /// What a kernel does once per token, or tile of `lanes` tokens, before it multiplies rows: independent pieces of
    /// work, and the bytes that all of them leave behind for `lanes` tokens. 0 for terms whose rows need nothing but x.
    virtual int64_t prepare_units() const { return 0; }
    virtual size_t prepared_bytes(int64_t lanes) const { return size_t(lanes) * 0; }

    /// Two terms of one kind with equal keys, units and bytes prepare the same from the same x, so weights that read
    /// one x prepare it once. 0: not to be shared.
    virtual uint64_t prepare_key() const { return 0; }

    /// How far an output of a kernel may be from add_row's, relative to ‖ŵ‖ · ‖x‖.
    virtual float kernel_tolerance() const { return 1e-5f; }
};

/// Checks shapes, types, index ranges and finiteness of everything it reads; throws format_error.
using decode_fn = std::unique_ptr<term> (*)(const payload & p);

} // namespace seeddelta
