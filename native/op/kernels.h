#pragma once

#include "../codec/weight.h"

#include <cstdint>

namespace seeddelta {

/// Tokens that a batch kernel handles at once. Activations of a batch are laid out as xt[tile][n_in][tile_tokens],
/// missing tokens of the last tile being zero.
constexpr int tile_tokens = 16;

/// How one term (a base or a residual) is multiplied with activations. Both functions add to acc, never overwrite it,
/// compute each row by itself (so results do not depend on how rows are split over threads), and allocate nothing.
struct term_kernel {
    /// acc[i] += row (first_row + i) · x, one token. x[n_in].
    void (*vec)(const term & t, const float * x, int64_t first_row, int64_t n_rows, float * acc);
    /// acc[i][tile_tokens] += row (first_row + i) · xt[n_in][tile_tokens].
    void (*tile)(const term & t, const float * xt, int64_t first_row, int64_t n_rows, float * acc);
    /// Unit `unit` of term::prepare_units for n_tok tokens x[n_tok][x_stride]: fills its part of
    /// z[term::prepared_floats][lanes], lanes being 1 with one token or tile_tokens, the missing ones zero. Units do not
    /// touch each other's parts. Rows then get z in place of x. nullptr for terms that prepare nothing.
    void (*prepare)(const term & t, const float * x, int64_t x_stride, int64_t n_tok, int64_t lanes, int64_t unit,
                    float * z);
};

/// One instruction set: a kernel for every row of registry.def.
struct kernel_set {
    const char * name;
    bool (*supported)();
    const term_kernel * bases;   // indexed by base_kind
    const term_kernel * schemes; // indexed by resid_scheme
};

/// From slowest to fastest; the first one, "scalar", runs everywhere and is the oracle of the others.
const kernel_set * const * all_kernel_sets(int * n);

/// The set that SEEDDELTA_ISA names, else the fastest one this CPU and operating system can run. Decided on the first
/// call. nullptr when SEEDDELTA_ISA is unknown or unsupported; *problem then says so and lists the names.
const kernel_set * active_kernels(const char ** problem);

} // namespace seeddelta
