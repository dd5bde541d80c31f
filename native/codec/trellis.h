#pragma once

#include "term.h"

#include <memory>
#include <vector>

namespace seeddelta {

/// How a 16-bit window becomes weights. Both mix the window first (trellis_mix).
///
///     n4  four weights; nibble i is the level of row 4t + i:
///         u = trellis_n4[nibble], v = 2u − 63
///     n2  two weights; byte i makes the level of row 2t + i:
///         u = trellis_n2[byte >> 4] + trellis_n2[byte & 15], v = 2u − 62
///
/// Levels u are 0 to 63, so that two products with 8-bit activations fit in 16 bits.
enum class trellis_family : int { n4, n2 };

constexpr int trellis_n4_weights = 4;
constexpr int trellis_n2_weights = 2;

/// The rates of the format: family, bits from window to window, weights per window.
#define SD_TRELLIS_RATES                                                                                               \
    SD_RATE(n4, 4, 4)                                                                                                  \
    SD_RATE(n4, 6, 4)                                                                                                  \
    SD_RATE(n4, 8, 4)                                                                                                  \
    SD_RATE(n4, 10, 4)                                                                                                 \
    SD_RATE(n2, 4, 2)                                                                                                  \
    SD_RATE(n2, 5, 2)                                                                                                  \
    SD_RATE(n2, 6, 2)                                                                                                  \
    SD_RATE(n2, 8, 2)

/// Ascending and symmetric: T[i] + T[15 − i] is 63 and 31, so v is symmetric around 0.
constexpr uint8_t trellis_n4[16] = { 0, 11, 16, 19, 23, 25, 28, 30, 33, 35, 38, 40, 44, 47, 52, 63 };
constexpr uint8_t trellis_n2[16] = { 0, 6, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 25, 31 };

constexpr int trellis_most = 63; // |v|

static inline int trellis_offset(trellis_family family) {
    return family == trellis_family::n4 ? 63 : 62;
}

// Functions here are static for the same reason as in prng.h.

static inline uint16_t trellis_mix(uint16_t w) {
    const uint32_t h = w ^ (uint32_t(w) >> 7);
    return uint16_t(h * 7617u);
}

/// Weight `i` of a mixed window.
static inline int trellis_value(trellis_family family, uint16_t mixed, int i) {
    const int u = family == trellis_family::n4
                      ? trellis_n4[(mixed >> (4 * i)) & 15]
                      : trellis_n2[(mixed >> (8 * i + 4)) & 15] + trellis_n2[(mixed >> (8 * i)) & 15];
    return 2 * u - trellis_offset(family);
}

/// Where the words of one weight's streams lie. A stream runs down the rows of one column of a row block and goes on in
/// column c + 4; four columns, a group, share a record of 64-bit words, 16 bits each.
///     window t of column c  = 16 bits of its stream from bit t · step, least significant first
///     word k of column c    = words[start(b) + (c / 4) · 4 · Q + ((k mod q) · N + k / q) · 4 + c mod 4],   0 ≤ k < Q
///     word Q of column c    = word 0 of column c + 4, or of the zero-filled tail of 64 bytes behind the last group
/// A period is the smallest number of windows that fills whole words: p windows, q words; a column has N of them. So
/// the same word of consecutive periods lies in consecutive 64-bit words, and a vector of windows has one shift.
struct trellis_layout {
    static constexpr int64_t columns = 4;   // of a group
    static constexpr int64_t row_unit = 32; // rows of a block are padded to a multiple of it
    static constexpr int64_t tail = 32;     // 16-bit words behind each block

    int64_t n_out = 0;
    int64_t n_in = 0;
    int64_t row_block = 0; // R, a multiple of row_unit
    int step = 0;          // bits from one window to the next
    int weights = 0;       // V, rows per window

    int unit() const { return step & -step; }          // gcd(step, 16)
    int period_windows() const { return 16 / unit(); } // p
    int period_words() const { return step / unit(); } // q
    int64_t groups() const { return (n_in + columns - 1) / columns; }
    int64_t blocks() const { return (n_out + row_block - 1) / row_block; }
    /// Rows of block `b` with its padding; all but the last block have row_block.
    int64_t rows(int64_t b) const {
        const int64_t left = n_out - b * row_block;
        return left >= row_block ? row_block : (left + row_unit - 1) / row_unit * row_unit;
    }
    int64_t windows(int64_t b) const { return rows(b) / weights; }             // per column
    int64_t column_words(int64_t b) const { return windows(b) * step / 16; }   // Q
    int64_t periods(int64_t b) const { return windows(b) / period_windows(); } // N
    int64_t block_words(int64_t b) const { return groups() * columns * column_words(b) + tail; }
    int64_t start(int64_t b) const { return b * block_words(0); } // block 0 is whole when there are two
    int64_t total_words() const { return start(blocks() - 1) + block_words(blocks() - 1); }

    /// Index of word k, 0 ≤ k ≤ Q, of column c of block b.
    int64_t word(int64_t b, int64_t c, int64_t k) const {
        const int64_t q = column_words(b);
        if (k == q) {
            return start(b) + (c / columns + 1) * columns * q + c % columns;
        }
        return start(b) + c / columns * columns * q +
               ((k % period_words()) * periods(b) + k / period_words()) * columns + c % columns;
    }
    uint16_t window(const uint16_t * words, int64_t b, int64_t c, int64_t t) const {
        const int64_t bit = t * step;
        const uint32_t both = words[word(b, c, bit / 16)] | uint32_t(words[word(b, c, bit / 16 + 1)]) << 16;
        return uint16_t(both >> (bit % 16));
    }
};

/// x of a block of L inputs, L a power of two, becomes Q x = H diag(signs) x / √L; blocks follow each other. Signs come
/// from the seed alone, so all weights that read one x may share the rotated one.
class input_rotation {
  public:
    input_rotation() = default;
    input_rotation(uint64_t seed, int64_t n_in, int64_t block);

    int64_t n_in = 0;
    int64_t block = 1;
    float scale = 1.0f; // 1 / √block, rounded
    uint64_t seed = 0;
    const float * signs = nullptr; // [n_in], ±1

    /// x[n_in] ← Q x, in place.
    void forward(float * x) const;
    /// x[n_in] ← Qᵀ x: what a row of weights for rotated inputs is for the plain ones.
    void inverse(float * x) const;

    /// The largest power of two that divides n_in, at most `most`.
    static int64_t largest_block(int64_t n_in, int64_t most);
    static constexpr int64_t max_block = 65536;

  private:
    std::shared_ptr<const std::vector<float>> sign_memory_; // one for all with this seed and n_in
};

/// Base kind `trellis`: W0 = scale · V · Q, V the values that the windows of the seed streams hash to.
class trellis_term final : public term {
  public:
    trellis_layout layout;
    trellis_family family = trellis_family::n4;
    float scale = 0.0f;
    input_rotation rotation;
    const uint16_t * words = nullptr;

    /// v[n_in] = the values of a row for rotated inputs, integers from −63 to 63.
    void values(int64_t row, float * v) const;

    void add_row(int64_t row, float * w) const override;
    bool is_zero() const override { return scale == 0.0f; }

    /// Eight periods, the longest vector of the kernels.
    int64_t row_group() const override {
        const int64_t rows = 8 * layout.period_windows() * layout.weights;
        return rows < 64 ? 64 : rows;
    }
    /// The rotated and rounded input (op/trellis-kernel.h), by rotation block or by input_group where that is longer.
    int64_t prepare_units() const override {
        const int64_t width = rotation.block > input_group ? rotation.block : input_group;
        return (layout.n_in + width - 1) / width;
    }
    size_t prepared_bytes(int64_t lanes) const override;
    /// Of everything that Q is made of, and the family.
    uint64_t prepare_key() const override;
    float kernel_tolerance() const override { return 1e-2f; }

    /// Inputs that kernels round to 8 bits with one scale.
    static constexpr int64_t input_group = 64;
};

/// The name in files, and the family of a name; false when it is unknown.
const char * trellis_family_name(trellis_family family);
bool find_trellis_family(const std::string & name, trellis_family & out);
int trellis_weights(trellis_family family);
/// Whether the format has this step for the family: SD_TRELLIS_RATES.
bool is_trellis_rate(trellis_family family, int step);

} // namespace seeddelta
