#include "encode-values.h"

#include "../codec/f16.h"
#include "failure.h"

#include <cmath>

namespace seeddelta {

[[noreturn]] static void out_of_range(const dense_weight & w, int64_t row) {
    fail_input(w.name() + ": row " + std::to_string(row) + " has values beyond f16; use a row scale");
}

void store_f16(const dense_weight & w, int64_t row, const float * values, int64_t n, uint16_t * out) {
    for (int64_t i = 0; i < n; ++i) {
        out[i] = f32_to_f16(values[i]);
        if ((out[i] & 0x7c00) == 0x7c00) {
            out_of_range(w, row);
        }
    }
}

/// value / scale clamped to ±127 and rounded to the nearest whole number, ties to even: adding 1.5 · 2^23 leaves no
/// room for a fraction.
static float rounded(float value, float scale) {
    float q = value / scale;
    q = q > 127.0f ? 127.0f : q < -127.0f ? -127.0f : q;
    return (q + 12582912.0f) - 12582912.0f;
}

uint16_t store_i8(const dense_weight & w, int64_t row, const float * values, const float * m, int64_t n, int8_t * out) {
    static const float shrink[] = { 1.0f, 0.99f, 0.98f, 0.97f, 0.96f, 0.94f, 0.92f, 0.9f, 0.87f, 0.84f, 0.8f, 0.75f };

    float largest = 0.0f;
    for (int64_t i = 0; i < n; ++i) {
        largest = std::max(largest, std::fabs(values[i]));
    }
    if (largest == 0.0f) {
        return 0; // out stays zero
    }
    uint16_t best_bits = 0;
    double   best_error = 0.0;
    uint16_t previous = 0;
    for (float factor : shrink) {
        uint16_t bits = f32_to_f16(largest / 127.0f * factor);
        bits = bits == 0 ? 1 : bits; // smallest scale that f16 knows
        if ((bits & 0x7c00) == 0x7c00) {
            out_of_range(w, row);
        }
        if (bits == previous) {
            continue;
        }
        previous = bits;
        const float scale = f16_to_f32(bits);
        double      error = 0.0;
        for (int64_t i = 0; i < n; ++i) {
            const double e = double(values[i]) - double(rounded(values[i], scale)) * double(scale);
            error += (m ? double(m[i]) : 1.0) * (e * e);
        }
        if (best_bits == 0 || error < best_error) {
            best_bits = bits;
            best_error = error;
        }
    }
    const float scale = f16_to_f32(best_bits);
    for (int64_t i = 0; i < n; ++i) {
        out[i] = int8_t(rounded(values[i], scale));
    }
    return best_bits;
}

} // namespace seeddelta
