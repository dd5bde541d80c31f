#pragma once

#include "prng.h"
#include "term.h"

namespace seeddelta {

/// Base kind `none`: W0 = 0.
class none_term final : public term {
  public:
    void add_row(int64_t, float *) const override {}
    bool is_zero() const override { return true; }
};

/// Base kind `prng_block`: W0[r, c] = scale · ±1, the sign being bit c % 32 of word c / 32 of the row's PRNG
/// (bit set = negative). Costs no payload.
/// With a seed search every `searched` contiguous inputs of a row form a block that names one of `n_seeds` candidates and
/// mixes the two vectors that the generator makes of it:
///     W0[r, b · searched + i] = scale · (q0 · u0[i] + q1 · u1[i]),   q in −8 … 7, u odd in −255 … 255
/// The bracket is a whole number of at most 4080. Bytes 0 to 3 of word candidate · searched / 2 + i / 2 of the generator
/// of row 0 give u0[i], u1[i], u0[i + 1], u1[i + 1] (i even) as 2 · byte − 255.
class prng_block_term final : public term {
  public:
    static constexpr int64_t block = 32;
    static constexpr int64_t max_seeds = 65536;  // the candidate is stored in 16 bits
    static constexpr int64_t max_searched = 64;  // inputs per block, a multiple of 4

    uint64_t seed = 0;
    uint64_t tensor_hash = 0;
    float    scale = 0.0f;
    int64_t  n_in = 0;
    // with a seed search, else 0 and nullptr
    int64_t          searched = 0;
    int64_t          n_blocks = 0;           // per row
    uint32_t         word_key = 0;           // row 0 of the generator
    const uint16_t * candidate = nullptr;    // [n_out][n_blocks]
    const uint8_t *  coefficients = nullptr; // [n_out][n_blocks]: q0 in the low four bits, q1 in the high ones

    void add_row(int64_t row, float * w) const override;
    bool is_zero() const override { return scale == 0.0f; }
};

/// Residual scheme `coo`: `k` weights per row, indices ascending and distinct.
/// Δ[r, idx[j, r]] = val[j, r] (f16), or val[j, r] · scale[r] (i8 with an f16 scale per row).
class coo_term final : public term {
  public:
    int64_t          k = 0;
    int64_t          n_in = 0;
    const uint16_t * idx16 = nullptr; // one of idx16, idx32
    const uint32_t * idx32 = nullptr;
    const uint16_t * val_f16 = nullptr; // one of val_f16, val_i8
    const int8_t *   val_i8 = nullptr;
    const uint16_t * scale_f16 = nullptr; // with val_i8

    uint32_t index(int64_t row, int64_t j) const { return idx16 ? idx16[row * k + j] : idx32[row * k + j]; }
    void     add_row(int64_t row, float * w) const override;
};

/// Residual scheme `block`: `kept` blocks of `block` contiguous inputs per row, block numbers ascending and distinct.
/// Values f16, or i8 with an f16 scale per kept block. When `block` does not divide n_in, the last block of a row is
/// short: its values past n_in are stored as zero and never multiplied.
class block_term final : public term {
  public:
    int64_t          block = 0;
    int64_t          kept = 0;
    int64_t          n_in = 0;
    const uint16_t * map = nullptr;
    const uint16_t * val_f16 = nullptr; // one of val_f16, val_i8
    const int8_t *   val_i8 = nullptr;
    const uint16_t * scale_f16 = nullptr; // with val_i8

    void add_row(int64_t row, float * w) const override;
};

/// Residual scheme `codebook`: every row is a mix of `k` of `atoms` columns of one dictionary, codes ascending and
/// distinct:  Δ[r, c] = Σ_j val[j, r] · dict[c, code[j, r]]
class codebook_term final : public term {
  public:
    int64_t          k = 0;
    int64_t          atoms = 0;
    int64_t          n_in = 0;
    const uint16_t * dict_f16 = nullptr; // [atoms][n_in]
    const uint16_t * code = nullptr;     // [n_out][k]
    const uint16_t * val_f16 = nullptr;  // [n_out][k]

    static constexpr int64_t unit_atoms = 16; // whose products with x one unit of work prepares

    std::vector<float> length; // of every atom

    void    add_row(int64_t row, float * w) const override;
    double  summed_length(int64_t row) const override;
    int64_t prepare_units() const override { return (atoms + unit_atoms - 1) / unit_atoms; }
    size_t  prepared_bytes(int64_t lanes) const override { return size_t(atoms * lanes) * sizeof(float); }
};

} // namespace seeddelta
