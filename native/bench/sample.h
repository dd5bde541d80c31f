#pragma once

#include "../builder/stored-payload.h"

#include <memory>
#include <string>
#include <vector>

namespace seeddelta {

/// One kind of payload to measure.
struct sample_kind {
    std::string base;
    std::string scheme;
    bool i8 = false;
    int bits = 0; // of a base that has a rate

    /// "block-i8", "prng_block+coo-f16", "trellis-2" without a residual
    std::string name() const {
        const std::string base_name = base + (bits != 0 ? "-" + std::to_string(bits) : "");
        if (scheme == "none") {
            return base_name;
        }
        return (base == "none" ? "" : base_name + "+") + scheme + (i8 ? "-i8" : "-f16");
    }
};

/// Every base with every scheme and value type of registry.def.
std::vector<sample_kind> sample_kinds();

/// A payload of n_out rows of about `bits` per weight: few rows of random numbers are encoded and then repeated,
/// because a kernel's time does not depend on the values and an encoder's does on their number. Throws when the kind
/// does not fit the shape or cannot be repeated.
std::shared_ptr<const stored_payload> make_sample(const sample_kind & kind, int64_t n_out, int64_t n_in, double bits);

/// The same payload in memory of its own.
std::shared_ptr<const stored_payload> copy_of(const stored_payload & payload);

} // namespace seeddelta
