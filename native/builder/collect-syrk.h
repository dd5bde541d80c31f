#pragma once

#include <cstdint>
#include <vector>

namespace seeddelta {

constexpr int64_t syrk_block = 64; // vectors whose products are summed in f32 before they join the f64 total
constexpr int64_t syrk_panel = 64; // inputs on one side of a tile

/// acc[i][j] += Σ_t a[t][i] · b[t][j] for each block of syrk_block vectors in turn.
/// Shapes: a, b: [n_blocks · syrk_block][syrk_panel]; acc: [syrk_panel][syrk_panel]. With `diagonal` only j >= i
/// counts. Arithmetic: inside a block f32, one multiplication and one addition per product, from 0, in the order of t;
/// the block's sum is then added to acc in f64. Each element is its own chain, so the vector width does not show.
using syrk_tile_fn = void (*)(const float * a, const float * b, int64_t n_blocks, bool diagonal, double * acc);

struct syrk_kernel {
    const char * name; // of the kernel set that runs on the same CPUs
    syrk_tile_fn tile;
};

/// From slowest to fastest; the first one runs everywhere and is the oracle of the others.
const syrk_kernel * all_syrk_kernels(int * n);

/// The one that goes with active_kernels(), so SEEDDELTA_ISA decides here too.
/// SD_E_USAGE when SEEDDELTA_ISA is unknown or unsupported.
const syrk_kernel & active_syrk_kernel();

/// Elements of the packed upper triangle of an n × n matrix.
constexpr int64_t packed_size(int64_t n) {
    return n * (n + 1) / 2;
}

/// Where element (i, j), i <= j, lies in the packed upper triangle, row after row.
constexpr int64_t packed_index(int64_t n, int64_t i, int64_t j) {
    return i * n - i * (i - 1) / 2 + (j - i);
}

/// Σ x xᵀ over a stream of vectors x[n]. The bits depend on the vectors and their order alone: not on threads,
/// instruction set, or how the stream was cut into calls.
/// Memory: 8 · packed_size(n) bytes, and up to syrk_block − 1 vectors that wait for their block to fill.
class second_moment {
  public:
    explicit second_moment(int64_t n);

    /// rows[n_rows][n]. `scratch` is reused between calls and between matrices.
    void add(const float * const * rows, int64_t n_rows, const syrk_kernel & kernel, int n_threads,
             std::vector<float> & scratch);

    /// out[packed_size(n)] = Σ x xᵀ / count, waiting vectors included, rounded once to f32. count > 0.
    void mean(const syrk_kernel & kernel, int n_threads, float * out) const;

    int64_t n() const { return n_; }
    int64_t count() const { return count_; }

    static int64_t bytes(int64_t n) { return 8 * packed_size(n) + 4 * n * (syrk_block - 1); }
    /// Floats of scratch that add() grows to.
    static int64_t scratch_floats(int64_t n);

  private:
    int64_t n_;
    int64_t count_ = 0;
    std::vector<double> total_;  // packed
    std::vector<float> waiting_; // whole vectors
};

} // namespace seeddelta
