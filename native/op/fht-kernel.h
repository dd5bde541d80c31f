// Included by each kernels-<isa>.cpp inside namespace SD_ISA, after fht-transform.h. Everything is static and touches only
// plain fields.

static inline void fht_factor(const fht_term & b, int64_t stack, int64_t factor, float * a, int64_t lanes) {
    const float * gain = b.gain + (stack * b.depth + factor) * b.length;
    fht_transform(a, b.length, lanes);
    for (int64_t c = 0; c < b.length; ++c) {
        for (int64_t k = 0; k < lanes; ++k) {
            a[c * lanes + k] *= gain[c];
        }
    }
    fht_transform(a, b.length, lanes);
}

/// The factors after the first one, between the stack's two buffers; the result ends in the first buffer.
static inline void fht_rest(const fht_term & b, int64_t stack, float * z, int64_t lanes) {
    float * from = z + stack * b.length * lanes;
    float * to = from + b.stacks * b.length * lanes;
    float * result = from;
    for (int64_t f = 1; f < b.depth; ++f) {
        const uint32_t * route = b.route + (stack * b.depth + f) * b.length;
        for (int64_t c = 0; c < b.length; ++c) {
            const float sign = route[c] & fht_term::negative ? -1.0f : 1.0f;
            const int64_t place = route[c] & ~fht_term::negative;
            for (int64_t k = 0; k < lanes; ++k) {
                to[place * lanes + k] = sign * from[c * lanes + k];
            }
        }
        fht_factor(b, stack, f, to, lanes);
        float * last = from;
        from = to;
        to = last;
    }
    if (from != result) {
        for (int64_t i = 0; i < b.length * lanes; ++i) {
            result[i] = from[i];
        }
    }
}

static void fht_prepare(const term & t, const float * x, int64_t x_stride, int64_t n_tok, int64_t lanes, int64_t stack,
                        void * prepared) {
    const auto &     b = static_cast<const fht_term &>(t);
    float * z = static_cast<float *>(prepared);
    const uint32_t * route = b.route + stack * b.depth * b.length;
    float *          a = z + stack * b.length * lanes;
    for (int64_t i = 0; i < b.length * lanes; ++i) {
        a[i] = 0.0f;
    }
    for (int64_t c = 0; c < b.n_in; ++c) {
        const float sign = route[c] & fht_term::negative ? -1.0f : 1.0f;
        float *     at = a + int64_t(route[c] & ~fht_term::negative) * lanes;
        for (int64_t k = 0; k < n_tok; ++k) {
            at[k] = sign * x[k * x_stride + c];
        }
    }
    // a constant number of lanes lets the compiler unroll
    if (lanes == 1) {
        fht_factor(b, stack, 0, a, 1);
        fht_rest(b, stack, z, 1);
    } else {
        fht_factor(b, stack, 0, a, tile_tokens);
        fht_rest(b, stack, z, tile_tokens);
    }
}

static inline int64_t fht_place(const fht_term & b, int64_t row) {
    return row / b.stack_rows * b.length + row % b.stack_rows;
}

static void fht_vec(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc) {
    const auto & b = static_cast<const fht_term &>(t);
    const float * z = static_cast<const float *>(in);
    for (int64_t i = 0; i < n_rows; ++i) {
        acc[i] += z[fht_place(b, first_row + i)];
    }
}

static void fht_batch(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row,
                      int64_t n_rows, float * acc) {
    const auto & b = static_cast<const fht_term &>(t);
    for (int64_t i = 0; i < n_rows; ++i) {
        const int64_t place = fht_place(b, first_row + i) * tile_tokens;
        for (int64_t tile = 0; tile < n_tiles; ++tile) {
            const float * z = tile_at(in, in_stride, tile) + place;
            float * a = acc + (tile * n_rows + i) * tile_tokens;
            for (int64_t k = 0; k < tile_tokens; ++k) {
                a[k] += z[k];
            }
        }
    }
}

static const term_kernel kernel_fht_struct = { fht_vec, fht_batch, fht_prepare };
