#pragma once

#include <cstdint>

namespace seeddelta {

/// Σ f(i) for i in [0, n), in double and in one fixed order: eight partial sums over i mod 8, then a fixed tree.
/// The order is part of the result: any compiler, vector width and thread count gives the same bits.
template <typename F> double sum_lanes(int64_t n, F && f) {
    double  a[8] = {};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (int j = 0; j < 8; ++j) {
            a[j] += f(i + j);
        }
    }
    for (int j = 0; i + j < n; ++j) {
        a[j] += f(i + j);
    }
    return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
}

} // namespace seeddelta
