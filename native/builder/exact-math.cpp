#include "exact-math.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace seeddelta {

static uint64_t bits_of(double x) {
    uint64_t b;
    std::memcpy(&b, &x, sizeof b);
    return b;
}

static double from_bits(uint64_t b) {
    double x;
    std::memcpy(&x, &b, sizeof x);
    return x;
}

double exact_log(double x) {
    int extra = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        extra = -54;
    }
    const uint64_t b = bits_of(x);
    int            e = int(b >> 52) - 1023 + extra;
    double         m = from_bits((b & 0xfffffffffffffull) | 0x3ff0000000000000ull); // [1, 2)
    if (m > 1.4142135623730951) {
        m *= 0.5;
        e += 1;
    }
    // log m = 2 atanh f, |f| <= 0.1716
    const double f = (m - 1.0) / (m + 1.0);
    const double q = f * f;
    double       s = 0.0;
    for (int k = 23; k >= 1; k -= 2) {
        s = s * q + 1.0 / k;
    }
    return e * 6.93147180369123816490e-01 + (e * 1.90821492927058770002e-10 + 2.0 * f * s);
}

double exact_exp(double x) {
    if (x > 700.0) {
        return std::numeric_limits<double>::max();
    }
    if (x < -700.0) {
        return 0.0;
    }
    const double k = std::floor(x * 1.4426950408889634 + 0.5);
    const double r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
    double       s = 1.0;
    for (int i = 14; i >= 1; --i) {
        s = 1.0 + s * r / i;
    }
    return s * from_bits(uint64_t(int64_t(k) + 1023) << 52);
}

double exact_pow(double x, double power) {
    if (power == 0.0) {
        return 1.0;
    }
    if (power == 1.0 || x == 0.0) {
        return x;
    }
    if (power == 0.5) {
        return std::sqrt(x);
    }
    return exact_exp(power * exact_log(x));
}

double exact_cos_turns(double turns) {
    // nearest quarter turn, then a Taylor series on [-π/4, π/4]
    const double quarter = std::floor(turns * 4.0 + 0.5);
    const double y = (turns - quarter * 0.25) * 6.283185307179586;
    const double q = y * y;
    double       c = 1.0;
    double       s = 1.0;
    for (int k = 18; k >= 2; k -= 2) {
        c = 1.0 - c * q / ((k - 1) * k);
        s = 1.0 - s * q / (k * (k + 1));
    }
    s *= y;
    switch (int(quarter) & 3) {
        case 0:  return c;
        case 1:  return -s;
        case 2:  return -c;
        default: return s;
    }
}

double gaussian_stream::at(uint32_t i) const {
    const double u = (double(prng_word(key_, 2 * i)) + 1.0) * 0x1p-32; // (0, 1]
    const double v = double(prng_word(key_, 2 * i + 1)) * 0x1p-32;     // [0, 1)
    return std::sqrt(-2.0 * exact_log(u)) * exact_cos_turns(v);
}

} // namespace seeddelta
