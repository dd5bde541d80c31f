#pragma once

#include "payload.h"

namespace seeddelta {

/// Throws format_error naming the first element of an f16 or f32 tensor that is NaN or infinite.
void require_finite(const payload & p, const tensor_view & t);

} // namespace seeddelta
