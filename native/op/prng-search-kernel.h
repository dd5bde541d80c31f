// Included by each kernels-<isa>.cpp inside namespace SD_ISA, so that the loops are compiled for that instruction set.
// Everything is static and touches only plain fields. The inner loops have no dependencies between neighbours;
// compilers turn them into vector code.

constexpr int64_t search_words = 64; // of the generator at a time, two weights each

/// w[0 .. n_blocks · searched) = W0 / scale of blocks of a row, whole numbers; past n_in they mean nothing.
static inline void search_expand(const prng_block_term & b, int64_t slot, int64_t n_blocks, float * w) {
    uint32_t word[search_words];
    float q0[search_words], q1[search_words], even[search_words], odd[search_words];
    const int64_t half = b.searched / 2;
    const int64_t n = n_blocks * half;
    for (int64_t j = 0; j < n_blocks; ++j) {
        const uint32_t first = uint32_t(b.candidate[slot + j]) * uint32_t(half);
        const int32_t q = b.coefficients[slot + j];
        const float low = float(((q & 15) ^ 8) - 8);
        const float high = float(((q >> 4) ^ 8) - 8);
        for (int64_t i = 0; i < half; ++i) {
            word[j * half + i] = first + uint32_t(i);
            q0[j * half + i] = low;
            q1[j * half + i] = high;
        }
    }
    for (int64_t i = 0; i < n; ++i) {
        const uint32_t h = prng_word(b.word_key, word[i]);
        even[i] = q0[i] * float(2 * int32_t(h & 255) - 255) + q1[i] * float(2 * int32_t(h >> 8 & 255) - 255);
        odd[i] = q0[i] * float(2 * int32_t(h >> 16 & 255) - 255) + q1[i] * float(2 * int32_t(h >> 24) - 255);
    }
    for (int64_t i = 0; i < n; ++i) {
        w[2 * i] = even[i];
        w[2 * i + 1] = odd[i];
    }
}

static void search_vec(const prng_block_term & b, const float * x, int64_t first_row, int64_t n_rows, float * acc) {
    const int64_t step = 2 * search_words / b.searched;
    float w[2 * search_words];
    for (int64_t i = 0; i < n_rows; ++i) {
        float part[16] = {};
        float tail = 0.0f;
        for (int64_t first = 0; first < b.n_blocks; first += step) {
            const int64_t n_blocks = b.n_blocks - first < step ? b.n_blocks - first : step;
            const int64_t c = first * b.searched;
            const int64_t n = b.n_in - c < n_blocks * b.searched ? b.n_in - c : n_blocks * b.searched;
            search_expand(b, (first_row + i) * b.n_blocks + first, n_blocks, w);
            int64_t e = 0;
            for (; e + 16 <= n; e += 16) {
                for (int64_t k = 0; k < 16; ++k) {
                    part[k] += w[e + k] * x[c + e + k];
                }
            }
            for (; e < n; ++e) {
                tail += w[e] * x[c + e];
            }
        }
        for (int64_t k = 0; k < 16; ++k) {
            tail += part[k];
        }
        acc[i] += b.scale * tail;
    }
}

static void search_batch(const prng_block_term & b, const void * in, size_t in_stride, int64_t n_tiles,
                         int64_t first_row, int64_t n_rows, float * acc) {
    const int64_t step = 2 * search_words / b.searched;
    float w[2 * search_words];
    for (int64_t i = 0; i < n_rows; ++i) {
        float sum[max_tiles][tile_tokens] = {};
        for (int64_t first = 0; first < b.n_blocks; first += step) {
            const int64_t n_blocks = b.n_blocks - first < step ? b.n_blocks - first : step;
            const int64_t c = first * b.searched;
            const int64_t n = b.n_in - c < n_blocks * b.searched ? b.n_in - c : n_blocks * b.searched;
            search_expand(b, (first_row + i) * b.n_blocks + first, n_blocks, w);
            for (int64_t tile = 0; tile < n_tiles; ++tile) {
                const float * xt = tile_at(in, in_stride, tile) + c * tile_tokens;
                for (int64_t e = 0; e < n; ++e) {
                    for (int64_t k = 0; k < tile_tokens; ++k) {
                        sum[tile][k] += w[e] * xt[e * tile_tokens + k];
                    }
                }
            }
        }
        for (int64_t tile = 0; tile < n_tiles; ++tile) {
            float * a = acc + (tile * n_rows + i) * tile_tokens;
            for (int64_t k = 0; k < tile_tokens; ++k) {
                a[k] += b.scale * sum[tile][k];
            }
        }
    }
}
