#include "../codec/f16.h"

#include <ggml.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace seeddelta;

static uint32_t bits_of(float f) {
    uint32_t b;
    std::memcpy(&b, &f, sizeof b);
    return b;
}

static float from_bits(uint32_t b) {
    float f;
    std::memcpy(&f, &b, sizeof f);
    return f;
}

/// IEEE binary16 by its definition, in arithmetic instead of bit fields.
static float widen(uint32_t h) {
    const int   e = (h >> 10) & 31;
    const int   m = h & 1023;
    const float v = e == 0 ? std::ldexp(float(m), -24) : std::ldexp(float(1024 + m), e - 25);
    return h & 0x8000 ? -v : v;
}

TEST(codec_f16, every_finite_half_widens_exactly_and_comes_back) {
    for (uint32_t h = 0; h < 65536; ++h) {
        if ((h & 0x7c00) == 0x7c00) {
            continue;
        }
        ASSERT_EQ(bits_of(f16_to_f32(uint16_t(h))), bits_of(widen(h))) << h;
        ASSERT_EQ(bits_of(finite_f16_to_f32(uint16_t(h))), bits_of(widen(h))) << h;
        ASSERT_EQ(f32_to_f16(widen(h)), h);
    }
}

TEST(codec_f16, infinities_and_nans_stay_what_they_are) {
    EXPECT_EQ(f16_to_f32(0x7c00), INFINITY);
    EXPECT_EQ(f16_to_f32(0xfc00), -INFINITY);
    EXPECT_TRUE(std::isnan(f16_to_f32(0x7e01)));
    EXPECT_EQ(f32_to_f16(INFINITY), 0x7c00);
    EXPECT_EQ(f32_to_f16(-INFINITY), 0xfc00);
    const uint16_t nan = f32_to_f16(from_bits(0x7f800001));
    EXPECT_EQ(nan & 0x7c00, 0x7c00);
    EXPECT_NE(nan & 0x3ff, 0);
}

// Between two neighbouring halves lie exactly three cases: below the middle, the middle (ties to even), above it.
TEST(codec_f16, narrowing_rounds_to_nearest_even_everywhere) {
    for (uint32_t h = 0; h < 0x7bff; ++h) {
        const float low = widen(h), high = widen(h + 1);
        const float middle = float((double(low) + double(high)) / 2);
        ASSERT_EQ(f32_to_f16(std::nextafter(middle, low)), h);
        ASSERT_EQ(f32_to_f16(middle), h & 1 ? h + 1 : h);
        ASSERT_EQ(f32_to_f16(std::nextafter(middle, high)), h + 1);
        ASSERT_EQ(f32_to_f16(-middle), (h & 1 ? h + 1 : h) | 0x8000);
    }
    EXPECT_EQ(f32_to_f16(65519.996f), 0x7bff);
    EXPECT_EQ(f32_to_f16(65520.0f), 0x7c00);
}

// A third opinion: ggml's conversion, over floats of every exponent.
TEST(codec_f16, agrees_with_ggml) {
    for (uint64_t b = 0; b < (1ull << 32); b += 4093) {
        const float f = from_bits(uint32_t(b));
        if (!std::isnan(f)) {
            ASSERT_EQ(f32_to_f16(f), ggml_fp32_to_fp16(f)) << f;
        }
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("f16c"))) static uint16_t narrow_in_hardware(float f) {
    return uint16_t(_mm_extract_epi16(_mm_cvtps_ph(_mm_set_ss(f), _MM_FROUND_TO_NEAREST_INT), 0));
}

TEST(codec_f16, agrees_with_the_processor) {
    ASSERT_TRUE(__builtin_cpu_supports("avx2")) << "this CPU cannot run SeedDelta's vector kernels";
    for (uint64_t b = 1; b < (1ull << 32); b += 4099) {
        const float f = from_bits(uint32_t(b));
        if (!std::isnan(f)) {
            ASSERT_EQ(f32_to_f16(f), narrow_in_hardware(f)) << f;
        }
    }
}
#endif
