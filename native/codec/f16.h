#pragma once

#include <cstdint>
#include <cstring>

namespace seeddelta {

/// IEEE binary16 <-> binary32. Exact widening; narrowing rounds to nearest even, as F16C does, so that
/// scalar and vector code agree to the bit. NaN stays NaN, overflow becomes infinity.
static inline float f16_to_f32(uint16_t h) {
    const uint32_t sign = uint32_t(h & 0x8000u) << 16;
    const uint32_t exponent = (h >> 10) & 0x1fu;
    uint32_t mantissa = h & 0x3ffu;
    uint32_t bits;
    if (exponent == 0x1f) {
        bits = sign | 0x7f800000u | (mantissa << 13);
    } else if (exponent != 0) {
        bits = sign | ((exponent + 112) << 23) | (mantissa << 13);
    } else if (mantissa == 0) {
        bits = sign;
    } else {
        uint32_t e = 113;
        while ((mantissa & 0x400u) == 0) {
            mantissa <<= 1;
            --e;
        }
        bits = sign | (e << 23) | ((mantissa & 0x3ffu) << 13);
    }
    float f;
    std::memcpy(&f, &bits, sizeof f);
    return f;
}

/// The same for what is finite, without branches: a loop of it becomes vectors.
static inline float finite_f16_to_f32(uint16_t h) {
    constexpr uint32_t smallest = 113u << 23; // 2⁻¹⁴, the smallest normal one
    const uint32_t size = uint32_t(h & 0x7fffu) << 13;
    float subnormal, base;
    const uint32_t above = size + smallest;
    std::memcpy(&subnormal, &above, sizeof subnormal);
    std::memcpy(&base, &smallest, sizeof base);
    subnormal -= base;
    uint32_t bits;
    std::memcpy(&bits, &subnormal, sizeof bits);
    bits = size < (1u << 23) ? bits : size + (112u << 23);
    bits |= uint32_t(h & 0x8000u) << 16;
    float f;
    std::memcpy(&f, &bits, sizeof f);
    return f;
}

static inline uint16_t f32_to_f16(float f) {
    uint32_t bits;
    std::memcpy(&bits, &f, sizeof bits);
    const uint16_t sign = uint16_t((bits >> 16) & 0x8000u);
    const uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) {
        return uint16_t(sign | 0x7e00u);
    }
    if (magnitude >= 0x477ff000u) { // 65520 and above round to infinity
        return uint16_t(sign | 0x7c00u);
    }
    if (magnitude < 0x33000001u) { // half of the smallest subnormal, ties to even
        return sign;
    }
    const int exponent = int(magnitude >> 23);
    uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    const int shift = exponent < 113 ? 126 - exponent : 13;
    const uint32_t rest = mantissa & ((1u << shift) - 1);
    const uint32_t half = 1u << (shift - 1);
    mantissa >>= shift;
    mantissa += (rest > half || (rest == half && (mantissa & 1))) ? 1 : 0;
    // for normal numbers the implicit bit carries into the exponent field: 112 becomes 1 by addition
    const uint32_t base = exponent < 113 ? 0 : uint32_t(exponent - 113) << 10;
    return uint16_t(sign | (base + mantissa));
}

} // namespace seeddelta
