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
class prng_block_term final : public term {
  public:
    static constexpr int64_t block = 32;

    uint64_t seed = 0;
    uint64_t tensor_hash = 0;
    float    scale = 0.0f;
    int64_t  n_in = 0;

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

} // namespace seeddelta
