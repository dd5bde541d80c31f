#pragma once

#include "dense.h"

namespace seeddelta {

/// out[n] = values as f16, rounded to nearest even. SD_E_INPUT naming weight and row when one is beyond f16.
void store_f16(const dense_weight & w, int64_t row, const float * values, int64_t n, uint16_t * out);

/// out[n] = round(values / scale), clamped to ±127; returns scale as f16 bits. Among a fixed set of scales below and
/// at max|values| / 127 the one with the smallest error Σ m (value − out · scale)² wins, the largest on a tie.
/// m[n] are the inputs' weights, nullptr for all equal.
uint16_t store_i8(const dense_weight & w, int64_t row, const float * values, const float * m, int64_t n, int8_t * out);

} // namespace seeddelta
