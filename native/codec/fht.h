#pragma once

#include "prng.h"
#include "term.h"

#include <vector>

namespace seeddelta {

/// Base kind `fht_struct`: stacks of Hadamard factors that know the weight only through θ. Stack `b` makes rows
/// b · stack_rows and up to stack_rows of them:
///     W0[b · stack_rows + i, c] = e_iᵀ · F(depth−1) · … · F(0) · e_c,   F(f) = H diag(θ_f) H / L · route_f
/// H is the L × L Hadamard matrix of ±1 (natural order, H[i, k] = −1 when i & k has an odd number of bits); route_f sends
/// component c to place p_f(c) with a sign. Permutations, signs, and θ_f = ±1 of all factors but the last come from the
/// seed. θ of the last one is stored: [L, stacks] f16 times base.scale.
class fht_term final : public term {
  public:
    static constexpr int64_t max_length = int64_t(1) << 20;
    static constexpr uint32_t negative = uint32_t(1) << 31;

    /// θ_f = ±1 and routes from the seed, θ of the last factor 1; set_theta gives it its values.
    fht_term(uint64_t seed, uint64_t tensor_hash, int64_t n_out, int64_t n_in, int64_t length, int64_t stacks,
             int64_t depth);
    void set_theta(const uint16_t * theta_f16, float scale);

    int64_t n_out = 0;
    int64_t n_in = 0;
    int64_t length = 0; // L
    int64_t stacks = 0;
    int64_t depth = 0;
    int64_t stack_rows = 0;
    uint64_t key = 0; // of everything that routes and gains are made of; 0 while a fit is still changing θ
    // [stacks][depth][L], plain pointers for the kernels
    const uint32_t * route = nullptr; // place, and `negative` for a minus
    const float *    gain = nullptr;  // θ / L

    int64_t          at(int64_t stack, int64_t factor) const { return (stack * depth + factor) * length; }
    const uint32_t * route_of(int64_t stack, int64_t factor) const { return route + at(stack, factor); }
    const float *    gain_of(int64_t stack, int64_t factor) const { return gain + at(stack, factor); }

    void    add_row(int64_t row, float * w) const override;
    bool    is_zero() const override { return scale_ == 0.0f; }
    int64_t prepare_units() const override { return stacks; }
    size_t prepared_bytes(int64_t lanes) const override {
        return size_t(stacks * length * (depth > 1 ? 2 : 1) * lanes) * sizeof(float);
    }
    uint64_t prepare_key() const override { return key; }

  private:
    float                 scale_ = 1.0f;
    std::vector<uint32_t> route_memory_;
    std::vector<float>    gain_memory_;
};

/// a[n] = H a, n a power of two. Additions and subtractions in a fixed order: the same bits for any vector width.
void hadamard(float * a, int64_t n);

} // namespace seeddelta
