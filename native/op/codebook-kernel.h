// Included by each kernels-<isa>.cpp inside namespace SD_ISA, after it defined
//   widen(out, f16, n)   out[n] = f16[n] as f32
// Everything is static and touches only plain fields; the inner loops are left to the compiler.
// z[atoms][lanes] = Dᵀ x is made once per token or tile; a row is then k gathers from it.

constexpr int64_t codebook_chunk = 256; // inputs of an atom that are widened at a time

/// Σ a[i] · b[i]
static inline float codebook_dot(const float * a, const float * b, int64_t n) {
    float part[16] = {};
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        for (int64_t k = 0; k < 16; ++k) {
            part[k] += a[i + k] * b[i + k];
        }
    }
    float sum = 0.0f;
    for (; i < n; ++i) {
        sum += a[i] * b[i];
    }
    for (int64_t k = 0; k < 16; ++k) {
        sum += part[k];
    }
    return sum;
}

static void codebook_prepare(const term & t, const float * x, int64_t x_stride, int64_t n_tok, int64_t lanes,
                             int64_t unit, void * prepared) {
    float * const z = static_cast<float *>(prepared);
    const auto & d = static_cast<const codebook_term &>(t);
    const int64_t first = unit * codebook_term::unit_atoms;
    const int64_t last = first + codebook_term::unit_atoms < d.atoms ? first + codebook_term::unit_atoms : d.atoms;
    float values[codebook_chunk];
    for (int64_t a = first; a < last; ++a) {
        float * out = z + a * lanes;
        for (int64_t k = 0; k < lanes; ++k) {
            out[k] = 0.0f;
        }
        for (int64_t c = 0; c < d.n_in; c += codebook_chunk) {
            const int64_t n = d.n_in - c < codebook_chunk ? d.n_in - c : codebook_chunk;
            widen(values, d.dict_f16 + a * d.n_in + c, n);
            for (int64_t k = 0; k < n_tok; ++k) {
                out[k] += codebook_dot(values, x + k * x_stride + c, n);
            }
        }
    }
}

static void codebook_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const auto & d = static_cast<const codebook_term &>(t);
    const float * z = static_cast<const float *>(in);
    float values[codebook_chunk];
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t begin = (first_row + i) * d.k;
        float sum = 0.0f;
        for (int64_t j = 0; j < d.k; j += codebook_chunk) {
            const int64_t n = d.k - j < codebook_chunk ? d.k - j : codebook_chunk;
            widen(values, d.val_f16 + begin + j, n);
            for (int64_t e = 0; e < n; ++e) {
                sum += values[e] * z[d.code[begin + j + e]];
            }
        }
        acc[i] += sum;
    }
}

static void codebook_batch(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row,
                           int64_t n_rows, float * acc) {
    const auto & d = static_cast<const codebook_term &>(t);
    float values[codebook_chunk];
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t begin = (first_row + i) * d.k;
        float sum[max_tiles][tile_tokens] = {};
        for (int64_t j = 0; j < d.k; j += codebook_chunk) {
            const int64_t n = d.k - j < codebook_chunk ? d.k - j : codebook_chunk;
            widen(values, d.val_f16 + begin + j, n);
            for (int64_t tile = 0; tile < n_tiles; ++tile) {
                const float * zt = tile_at(in, in_stride, tile);
                for (int64_t e = 0; e < n; ++e) {
                    const float * z = zt + int64_t(d.code[begin + j + e]) * tile_tokens;
                    for (int64_t k = 0; k < tile_tokens; ++k) {
                        sum[tile][k] += values[e] * z[k];
                    }
                }
            }
        }
        for (int64_t tile = 0; tile < n_tiles; ++tile) {
            float * a = acc + (tile * n_rows + i) * tile_tokens;
            for (int64_t k = 0; k < tile_tokens; ++k) {
                a[k] += sum[tile][k];
            }
        }
    }
}

static const term_kernel kernel_codebook = { codebook_vec, codebook_batch, codebook_prepare };
