#pragma once

#include "../codec/prng.h"

namespace seeddelta {

// Elementary functions made only of IEEE additions, multiplications, divisions and square roots in double, so that
// their bits do not depend on the C library. Relative error below 4e-16 times a small constant; see the tests.

double exact_log(double x); // x > 0 and finite
double exact_exp(double x); // |x| <= 700; beyond that 0 or the largest finite double
double exact_pow(double x, double power); // x >= 0; 0^0 = 1
double exact_cos_turns(double turns); // cos(2π turns), turns in [0, 1)

/// Standard normal numbers from a counter-based generator: number `i` of stream (seed, name, row) needs no other one.
/// Box–Muller on two 32-bit words, radius from word 2i, angle from word 2i + 1.
class gaussian_stream {
  public:
    gaussian_stream(uint64_t seed, std::string_view name, int64_t row)
        : key_(prng_row_key(seed, fnv1a64(name), row)) {}

    double at(uint32_t i) const;

  private:
    uint32_t key_;
};

} // namespace seeddelta
