// Base kind `trellis` with AVX2, products of levels and activations by maddubs; trellis-avxvnni.cpp compiles it again
// with vpdpbusd. Everything is static and touches only plain fields.
#include "kernels.h"

#include "../codec/fht.h"
#include "../codec/trellis.h"

#include <immintrin.h>

#ifndef SD_ISA
#define SD_ISA avx2
#endif

namespace seeddelta {
namespace SD_ISA {

namespace {

struct vec {
    using type = __m256i;
    using flt = __m256;
    static constexpr int periods = 4;
    static constexpr int wanted_chains = 8;
    static constexpr int batch_chains = 4;

    static type zero() { return _mm256_setzero_si256(); }
    static type load(const uint16_t * p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }
    static type all(int32_t x) { return _mm256_set1_epi32(x); }
    static type set64(const uint16_t * p) {
        return _mm256_broadcastq_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(p)));
    }
    /// a with lane `lane` of b, where there is such a lane.
    static type blend(type a, type b, int64_t lane) {
        const type lanes = _mm256_setr_epi64x(0, 1, 2, 3);
        return _mm256_blendv_epi8(a, b, _mm256_cmpeq_epi64(lanes, _mm256_set1_epi64x(lane)));
    }
    static type either(type a, type b) { return _mm256_or_si256(a, b); }
    template <int N>
    static type right(type a) {
        return _mm256_srli_epi16(a, N);
    }
    template <int N>
    static type left(type a) {
        return _mm256_slli_epi16(a, N);
    }
    static type mix(type w) {
        return _mm256_mullo_epi16(_mm256_xor_si256(w, _mm256_srli_epi16(w, 7)), _mm256_set1_epi16(7617));
    }
    static type gather(type a) {
        return _mm256_shuffle_epi8(a, _mm256_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15, //
                                                       0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15));
    }
    static type low(type a) { return _mm256_and_si256(a, _mm256_set1_epi8(15)); }
    static type high(type a) { return low(_mm256_srli_epi16(a, 4)); }
    static type table(const uint8_t * t) {
        return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i *>(t)));
    }
    static type level4(type i) { return _mm256_shuffle_epi8(table(trellis_n4), i); }
    static type level2(type i) { return _mm256_shuffle_epi8(table(trellis_n2), i); }
    static type sum8(type a, type b) { return _mm256_add_epi8(a, b); }
#ifdef __AVXVNNI__
    static type dot(type s, type u0, type x0, type u1, type x1) {
        return _mm256_dpbusd_avx_epi32(_mm256_dpbusd_avx_epi32(s, u0, x0), u1, x1);
    }
#else
    /// Two products are at most 2 · 63 · 127 = 16002, four at most 32004: they fit in 16 bits.
    static type dot(type s, type u0, type x0, type u1, type x1) {
        const type pairs = _mm256_add_epi16(_mm256_maddubs_epi16(u0, x0), _mm256_maddubs_epi16(u1, x1));
        return _mm256_add_epi32(s, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
#endif
    static flt twice_plus(type s, int32_t c) {
        return _mm256_cvtepi32_ps(_mm256_add_epi32(_mm256_add_epi32(s, s), _mm256_set1_epi32(c)));
    }
    static flt flt_all(float x) {
        return _mm256_set1_ps(x);
    }
    static flt flt_load(const float * p) {
        return _mm256_load_ps(p);
    }
    static void flt_store(float * p, flt a) {
        _mm256_store_ps(p, a);
    }
    static flt flt_fma(flt a, flt b, flt c) {
        return _mm256_fmadd_ps(a, b, c);
    }
};

} // namespace

#include "fht-transform.h"
#include "trellis-entry.h"
#include "trellis-kernel.h"
#include "trellis-vector.h"

} // namespace SD_ISA
} // namespace seeddelta
