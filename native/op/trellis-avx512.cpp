// Base kind `trellis` with AVX-512, products of levels and activations by maddubs; trellis-avx512vnni.cpp compiles it
// again with vpdpbusd, trellis-avx512vbmi.cpp with vpermb too. Everything is static and touches only plain fields.
#include "kernels.h"

#include "../codec/fht.h"
#include "../codec/trellis.h"

#include <immintrin.h>

#ifndef SD_ISA
#define SD_ISA avx512
#endif

namespace seeddelta {
namespace SD_ISA {

namespace {

struct vec {
    using type = __m512i;
    using flt = __m512;
    static constexpr int periods = 8;
    static constexpr int wanted_chains = 4;
    static constexpr int batch_chains = 4;

    static type zero() { return _mm512_setzero_si512(); }
    static type load(const uint16_t * p) { return _mm512_loadu_si512(p); }
    static type all(int32_t x) { return _mm512_set1_epi32(x); }
    static type set64(const uint16_t * p) {
        return _mm512_broadcastq_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(p)));
    }
    /// a with lane `lane` of b, where there is such a lane.
    static type blend(type a, type b, int64_t lane) {
        return _mm512_mask_mov_epi64(a, lane < periods ? __mmask8(1 << lane) : __mmask8(0), b);
    }
    static type either(type a, type b) { return _mm512_or_si512(a, b); }
    template <int N>
    static type right(type a) {
        return _mm512_srli_epi16(a, N);
    }
    template <int N>
    static type left(type a) {
        return _mm512_slli_epi16(a, N);
    }
    static type mix(type w) {
        return _mm512_mullo_epi16(_mm512_xor_si512(w, _mm512_srli_epi16(w, 7)), _mm512_set1_epi16(7617));
    }
    static type gather(type a) {
        return _mm512_shuffle_epi8(a, _mm512_set4_epi32(0x0f0d0b09, 0x0e0c0a08, 0x07050301, 0x06040200));
    }
    static type table(const uint8_t * t) {
        return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i *>(t)));
    }
#ifdef __AVX512VBMI__
    // vpermb looks at six bits, of which four choose in a table that is there four times: nothing to mask
    static type low(type a) {
        return a;
    }
    static type high(type a) {
        return _mm512_srli_epi16(a, 4);
    }
    static type entry(const uint8_t * t, type i) {
        return _mm512_permutexvar_epi8(i, table(t));
    }
#else
    static type low(type a) {
        return _mm512_and_si512(a, _mm512_set1_epi8(15));
    }
    static type high(type a) {
        return low(_mm512_srli_epi16(a, 4));
    }
    static type entry(const uint8_t * t, type i) {
        return _mm512_shuffle_epi8(table(t), i);
    }
#endif
    static type level4(type i) {
        return entry(trellis_n4, i);
    }
    static type level2(type i) {
        return entry(trellis_n2, i);
    }
    static type sum8(type a, type b) {
        return _mm512_add_epi8(a, b);
    }
#ifdef __AVX512VNNI__
    static type dot(type s, type u0, type x0, type u1, type x1) {
        return _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(s, u0, x0), u1, x1);
    }
#else
    /// Two products are at most 2 · 63 · 127 = 16002, four at most 32004: they fit in 16 bits.
    static type dot(type s, type u0, type x0, type u1, type x1) {
        const type pairs = _mm512_add_epi16(_mm512_maddubs_epi16(u0, x0), _mm512_maddubs_epi16(u1, x1));
        return _mm512_add_epi32(s, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
    }
#endif
    static flt twice_plus(type s, int32_t c) {
        return _mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_add_epi32(s, s), _mm512_set1_epi32(c)));
    }
    static flt flt_all(float x) {
        return _mm512_set1_ps(x);
    }
    static flt flt_load(const float * p) {
        return _mm512_load_ps(p);
    }
    static void flt_store(float * p, flt a) {
        _mm512_store_ps(p, a);
    }
    static flt flt_fma(flt a, flt b, flt c) {
        return _mm512_fmadd_ps(a, b, c);
    }
};

} // namespace

#include "fht-transform.h"
#include "trellis-entry.h"
#include "trellis-kernel.h"
#include "trellis-vector.h"

} // namespace SD_ISA
} // namespace seeddelta
