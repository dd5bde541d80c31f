// Base kind `trellis`: what its kernels share. Included by trellis-<isa>.cpp inside namespace SD_ISA, after
// fht-kernel.h. Everything is static and touches only plain fields.
//
// Activations are rotated in f32 and rounded to 8 bits, 64 inputs with one scale (docs/FORMAT.md, Arithmetic). Products
// of levels and rounded activations are exact integers: |Σ u q| ≤ 64 · 63 · 127 < 2¹⁹ over a group. The scaled sums of
// the groups are added in f32 in the order of the inputs, whatever the batch.

/// What is prepared for `lanes` tokens, G = ⌈n_in / 64⌉ groups of inputs.
struct trellis_input {
    static constexpr int64_t group = 64;

    float * rotated;  // [G · 64] of one token, on the way
    int8_t * q;       // [lanes][G · 64], zero behind n_in
    float * scale;    // [G][lanes]; NaN where an input is not finite
    int32_t * offset; // [G][lanes] = −(what stands for zero) · Σ q, so that Σ v q = 2 Σ u q + offset

    static inline int64_t groups(int64_t n_in) { return (n_in + group - 1) / group; }
    static inline trellis_input at(const void * z, int64_t n_in, int64_t lanes) {
        const int64_t n = groups(n_in);
        char * p = static_cast<char *>(const_cast<void *>(z));
        trellis_input in;
        in.rotated = reinterpret_cast<float *>(p);
        in.q = reinterpret_cast<int8_t *>(in.rotated + n * group);
        in.scale = reinterpret_cast<float *>(in.q + n * group * lanes);
        in.offset = reinterpret_cast<int32_t *>(in.scale + n * lanes);
        return in;
    }
};

/// q, scale and offset of group g of token k, from the rotated inputs. Loops run over lines of inputs side by side, so
/// that they become vectors.
static inline void trellis_round(const trellis_input & in, int32_t zero, int64_t n_groups, int64_t g, int64_t lanes,
                                 int64_t k) {
    constexpr int line = 16;
    const float * a = in.rotated + g * trellis_input::group;
    float sizes[line] = {};
    float bad[line] = {}; // NaN beside whatever is not finite
    for (int64_t i = 0; i < trellis_input::group; i += line) {
        for (int j = 0; j < line; ++j) {
            const float v = a[i + j];
            const float size = v < 0.0f ? -v : v;
            sizes[j] = size <= sizes[j] ? sizes[j] : size;
            bad[j] += v - v;
        }
    }
    float most = 0.0f, all_bad = 0.0f;
    for (int j = 0; j < line; ++j) {
        most = sizes[j] <= most ? most : sizes[j];
        all_bad += bad[j];
    }
    most += all_bad;
    const float inverse = most > 0.0f && most <= 3.0e38f ? 127.0f / most : 0.0f;
    int8_t * q = in.q + (k * n_groups + g) * trellis_input::group;
    for (int64_t i = 0; i < trellis_input::group; ++i) {
        // adding 1.5 · 2²³ leaves the nearest integer, ties to even, in the low bits; |v · inverse| ≤ 127
        const float v = inverse > 0.0f ? a[i] * inverse : 0.0f;
        union {
            float f;
            int32_t i;
        } bits = { v + 12582912.0f };
        q[i] = int8_t(bits.i - 0x4b400000);
    }
    int32_t sum = 0; // here because GCC 12 with -O3 and AVX-512 gets one in the loop above wrong
    for (int64_t i = 0; i < trellis_input::group; ++i) {
        sum += q[i];
    }
    in.scale[g * lanes + k] = most / 127.0f;
    in.offset[g * lanes + k] = -zero * sum;
}

/// Unit = the inputs of one rotation block, or of 64 where blocks are smaller. One token after the other: the inputs of
/// a token lie side by side, and only one rotated token needs room.
void trellis_prepare(const term & t, const float * x, int64_t x_stride, int64_t n_tok, int64_t lanes, int64_t unit,
                     void * z) {
    const auto & b = static_cast<const trellis_term &>(t);
    const input_rotation & r = b.rotation;
    const int64_t n = b.layout.n_in;
    const trellis_input in = trellis_input::at(z, n, lanes);
    const int64_t n_groups = trellis_input::groups(n);
    const int64_t width = r.block > trellis_input::group ? r.block : trellis_input::group;
    const int64_t first = unit * width;
    const int64_t last = first + width < n ? first + width : n;
    const int64_t padded = (last + trellis_input::group - 1) / trellis_input::group * trellis_input::group;
    for (int64_t k = 0; k < n_tok; ++k) {
        for (int64_t c = first; c < last; ++c) {
            in.rotated[c] = r.signs[c] * r.scale * x[k * x_stride + c];
        }
        for (int64_t c = first; c < last; c += r.block) {
            fht_transform(in.rotated + c, r.block, 1);
        }
        for (int64_t c = last; c < padded; ++c) {
            in.rotated[c] = 0.0f;
        }
        for (int64_t c = first; c < padded; c += trellis_input::group) {
            trellis_round(in, trellis_offset(b.family), n_groups, c / trellis_input::group, lanes, k);
        }
    }
    for (int64_t k = n_tok; k < lanes; ++k) {
        for (int64_t c = first; c < padded; ++c) {
            in.q[k * n_groups * trellis_input::group + c] = 0;
        }
        for (int64_t g = first / trellis_input::group; g < padded / trellis_input::group; ++g) {
            in.scale[g * lanes + k] = 0.0f;
            in.offset[g * lanes + k] = 0;
        }
    }
}

/// Where a run of rows lies: all of one block, from a row that is a multiple of the rows of a period.
struct trellis_run {
    const uint16_t * words; // of the block
    int64_t record;         // 16-bit words of a group of four columns
    int64_t ahead;          // words of the records from one that is read to one that memory is asked for
    int64_t n_periods;
    int64_t first; // period
    int64_t n_rows;
};

/// The run at `first_row`, up to the end of its block, at most n_rows.
static inline trellis_run trellis_run_at(const trellis_layout & l, const uint16_t * words, int64_t first_row,
                                         int64_t n_rows) {
    const int64_t block = first_row / l.row_block;
    const int64_t row = first_row % l.row_block;
    const int64_t left = l.n_out - block * l.row_block;
    const int64_t padded = (left + trellis_layout::row_unit - 1) / trellis_layout::row_unit * trellis_layout::row_unit;
    const int64_t rows = left < l.row_block ? padded : l.row_block;
    const int64_t unit = l.step & -l.step;
    const int64_t period_rows = 16 / unit * l.weights;
    const int64_t groups = (l.n_in + trellis_layout::columns - 1) / trellis_layout::columns;
    constexpr int64_t ahead = 8192; // 16 KiB: with 4 the widest records come too late, with 32 they are gone again
    const int64_t whole = l.row_block / l.weights * l.step / 16 * trellis_layout::columns;

    trellis_run run;
    run.words = words + block * (groups * whole + trellis_layout::tail);
    run.record = rows / l.weights * l.step / 16 * trellis_layout::columns;
    run.ahead = (ahead + run.record - 1) / run.record * run.record;
    run.n_periods = rows / period_rows;
    run.first = row / period_rows;
    run.n_rows = n_rows < rows - row ? n_rows : rows - row;
    return run;
}
