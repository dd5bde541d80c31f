#pragma once

#include "../codec/weight.h"

#include <cstddef>
#include <cstdint>

namespace seeddelta {

/// Tokens of one tile. Activations of a batch are laid out as xt[tile][n_in][tile_tokens], missing tokens of the last
/// tile being zero.
constexpr int tile_tokens = 16;

/// Tiles that a batch kernel gets at once, so that it decodes a value once for up to 64 tokens.
constexpr int max_tiles = 4;

/// How one term (a base or a residual) is multiplied with activations. `in` is what the term prepared, 64-byte aligned;
/// x for a term that prepares nothing. vec and batch add to acc, never overwrite it, compute each row and token by
/// itself in the same order (so results depend neither on how rows are split over threads nor on the neighbours in a
/// batch), and allocate nothing. first_row is a multiple of term::row_group, n_rows <= term::max_row_group.
struct term_kernel {
    /// acc[i] += row (first_row + i) · x, one token. in: x[n_in], or z of one lane.
    void (*vec)(const term & t, const void * in, int64_t first_row, int64_t n_rows, float * acc);
    /// acc[tile][i][tile_tokens] += row (first_row + i) · xt[tile], for n_tiles <= max_tiles tiles.
    /// Tile `tile` starts at `in` + tile · in_stride bytes: xt[n_in][tile_tokens], or z of tile_tokens lanes.
    void (*batch)(const term & t, const void * in, size_t in_stride, int64_t n_tiles, int64_t first_row, int64_t n_rows,
                  float * acc);
    /// Unit `unit` of term::prepare_units for n_tok tokens x[n_tok][x_stride]: fills its part of
    /// z[term::prepared_bytes(lanes)], lanes being 1 with one token or tile_tokens, the missing ones as with x = 0.
    /// Units do not touch each other's parts. nullptr for terms that prepare nothing.
    void (*prepare)(const term & t, const float * x, int64_t x_stride, int64_t n_tok, int64_t lanes, int64_t unit,
                    void * z);
};

/// Static like everything that kernels of several instruction sets include.
static inline const float * tile_at(const void * in, size_t in_stride, int64_t tile) {
    return reinterpret_cast<const float *>(static_cast<const char *>(in) + size_t(tile) * in_stride);
}

/// xt[first..last)[tile_tokens] = x[0..n_tok)[first..last) transposed, tokens past n_tok being zero. True when this
/// changed a bit of xt.
using lay_out_fn = bool (*)(const float * x, int64_t x_stride, int64_t n_tok, int64_t first, int64_t last, float * xt);

/// One instruction set: a kernel for every row of registry.def.
struct kernel_set {
    const char * name;
    bool (*supported)();
    const term_kernel * bases;   // indexed by base_kind
    const term_kernel * schemes; // indexed by resid_scheme
    lay_out_fn lay_out;
};

/// From slowest to fastest; the first one, "scalar", runs everywhere and is the oracle of the others.
const kernel_set * const * all_kernel_sets(int * n);

/// The set that SEEDDELTA_ISA names, else the fastest one this CPU and operating system can run. Decided on the first
/// call. nullptr when SEEDDELTA_ISA is unknown or unsupported; *problem then says so and lists the names.
const kernel_set * active_kernels(const char ** problem);

} // namespace seeddelta
