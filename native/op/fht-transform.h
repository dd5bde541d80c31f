// Hadamard transforms. Included inside namespace SD_ISA by each file of kernels that needs them, so that the loops are
// compiled for that instruction set. Everything is static. The inner loops run over contiguous floats without
// dependencies; compilers turn them into vector code, and additions in this order give the same bits at any width.

#if defined(__AVX512F__)
/// The four smallest butterflies inside 16 values: a lane and the one at distance h become their sum and difference.
static inline void fht_small(float * a) {
    __m512 v = _mm512_loadu_ps(a);
    __m512 other = _mm512_permute_ps(v, 0xb1);
    v = _mm512_mask_sub_ps(_mm512_add_ps(v, other), 0xaaaa, other, v);
    other = _mm512_permute_ps(v, 0x4e);
    v = _mm512_mask_sub_ps(_mm512_add_ps(v, other), 0xcccc, other, v);
    other = _mm512_shuffle_f32x4(v, v, 0xb1);
    v = _mm512_mask_sub_ps(_mm512_add_ps(v, other), 0xf0f0, other, v);
    other = _mm512_shuffle_f32x4(v, v, 0x4e);
    v = _mm512_mask_sub_ps(_mm512_add_ps(v, other), 0xff00, other, v);
    _mm512_storeu_ps(a, v);
}
#elif defined(__AVX2__)
/// Butterflies of width 1, 2 and 4 inside 8 values: a lane and the one at distance h become their sum and difference.
static inline __m256 fht_eight(__m256 v) {
    __m256 other = _mm256_permute_ps(v, 0xb1);
    v = _mm256_blend_ps(_mm256_add_ps(v, other), _mm256_sub_ps(other, v), 0xaa);
    other = _mm256_permute_ps(v, 0x4e);
    v = _mm256_blend_ps(_mm256_add_ps(v, other), _mm256_sub_ps(other, v), 0xcc);
    other = _mm256_permute2f128_ps(v, v, 1);
    return _mm256_blend_ps(_mm256_add_ps(v, other), _mm256_sub_ps(other, v), 0xf0);
}

/// The four smallest butterflies inside 16 values.
static inline void fht_small(float * a) {
    const __m256 low = fht_eight(_mm256_loadu_ps(a));
    const __m256 high = fht_eight(_mm256_loadu_ps(a + 8));
    _mm256_storeu_ps(a, _mm256_add_ps(low, high));
    _mm256_storeu_ps(a + 8, _mm256_sub_ps(low, high));
}
#else
/// The four smallest butterflies inside 16 values.
static inline void fht_small(float * a) {
    float t[16];
    for (int h = 1; h < 16; h *= 2) {
        for (int i = 0; i < 16; ++i) {
            t[i] = i & h ? a[i ^ h] - a[i] : a[i] + a[i ^ h];
        }
        for (int i = 0; i < 16; ++i) {
            a[i] = t[i];
        }
    }
}
#endif

/// One butterfly over `width` contiguous floats.
static inline void fht_butterfly(float * __restrict low, float * __restrict high, int64_t width) {
    for (int64_t j = 0; j < width; ++j) {
        const float u = low[j];
        const float v = high[j];
        low[j] = u + v;
        high[j] = u - v;
    }
}

/// `a` holds n components of `lanes` tokens each.
static void fht_transform(float * a, int64_t n, int64_t lanes) {
    int64_t h = 1;
    if (lanes == 1 && n >= 16) {
        for (int64_t i = 0; i < n; i += 16) {
            fht_small(a + i);
        }
        h = 16;
    }
    for (; h < n; h *= 2) {
        for (int64_t i = 0; i < n; i += 2 * h) {
            fht_butterfly(a + i * lanes, a + (i + h) * lanes, h * lanes);
        }
    }
}
