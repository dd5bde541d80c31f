#pragma once

#include <cstdint>

namespace seeddelta {

constexpr int64_t search_chunk = 512; // candidates whose tables are made at a time
constexpr int64_t search_lanes = 16;  // candidates n, n + 16, n + 32, … share a lane

/// What a chunk of candidates means for one block of inputs with weights m: rows of search_chunk floats.
struct search_tables {
    const float * u;       // [2 · inputs][search_chunk]: u0 and u1 of input 0, of input 1, …
    const float * g00;     // Σ m u0²
    const float * g01;     // Σ m u0 u1
    const float * g11;     // Σ m u1²
    const float * solve00; // first row of the inverse of (g00 g01; g01 g11)
    const float * solve01;
    const float * inverse11; // 1 / g11
};

/// The best candidates so far for one target, by lane.
struct search_best {
    float gain[search_lanes];      // how much of Σ m target² the candidate explains
    float candidate[search_lanes]; // whole numbers
    float code[search_lanes];      // 16 q0 + q1, q in −8 … 7
};

/// For targets a[n_targets][inputs], each already multiplied by m: with d = Σ a u, the first coefficient is the least
/// squares one of both, rounded; the second is the best one beside it, rounded; a candidate replaces a lane's best when
/// gain = 2 (q0 d0 + q1 d1) − (q0² g00 + 2 q0 q1 g01 + q1² g11) is larger.
/// n_candidates of the chunk count, a multiple of search_lanes. n_targets is a multiple of search_targets.
/// Arithmetic: f32, sums over inputs in order, no fused operations; a candidate meets no other one, so the vector width
/// does not show.
constexpr int64_t search_targets = 4;
using search_fn = void (*)(const float * a, int64_t n_targets, int64_t inputs, const search_tables & tables,
                           int64_t first_candidate, int64_t n_candidates, search_best * best);

struct search_kernel {
    const char * name; // of the kernel set that runs on the same CPUs
    search_fn run;
};

/// From slowest to fastest; the first one runs everywhere and is the oracle of the others.
const search_kernel * all_search_kernels(int * n);

/// The one that goes with active_kernels(). SD_E_USAGE when SEEDDELTA_ISA is unknown or unsupported.
const search_kernel & active_search_kernel();

} // namespace seeddelta
