#pragma once

#include "../codec/trellis.h"

#include <cstdint>
#include <vector>

namespace seeddelta {

constexpr int trellis_states = 65536; // windows

/// What windows stand for, by window; made once. Plain pointers for the kernels.
struct trellis_tables {
    const uint16_t * mixed; // trellis_mix
    const int8_t * n2[2];   // trellis_value of n2
};
const trellis_tables & search_tables();

/// The inner loops of the search for one instruction set. Plain f32 with one multiplication or addition at a time and
/// minima, each output by itself: every instruction set gives the same bits. A window's state is the window; its
/// predecessors are the 2^step windows whose high bits are its low ones.
struct trellis_kernel {
    const char * name; // of the kernel set that runs on the same CPUs

    /// best[g] = min of metric[g · 2^step … + 2^step). 2^(16 − step) groups.
    void (*best_of_groups)(const float * metric, int step, float * best);
    /// metric[w] = best[w mod 2^(16 − step)] + the cost of window w: for n4 (c0 + c1) + (c2 + c3), for n2 c0 + c1,
    /// with c_i = (x[i] − g[i] · v_i)².
    void (*add_n4)(const trellis_tables & t, const float * best, int step, const float * x, const float * g,
                   float * metric);
    void (*add_n2)(const trellis_tables & t, const float * best, int step, const float * x, const float * g,
                   float * metric);
    /// acc[i][r] += Σ_j coef[i][j] · e[j][r] for i < 4, r < n, first ≤ j < last, in the order of j. n is a multiple
    /// of 32.
    void (*accumulate)(const float * e, int64_t stride, int64_t n, const float * const * coef, int64_t first,
                       int64_t last, float * const * acc);
};

/// From slowest to fastest; the first one runs everywhere and is the oracle of the others.
const trellis_kernel * all_trellis_kernels(int * n);

/// The one that goes with active_kernels(). SD_E_USAGE when SEEDDELTA_ISA is unknown or unsupported.
const trellis_kernel & active_trellis_kernel();

/// The windows of one column that come closest to targets: minimal Σ_r (x[r] − g[r] · v_r)², by Viterbi over all 2¹⁶
/// windows. One per thread; holds 256 KiB of metrics and the minima of all steps. Where they came from is looked up on
/// the way back, for the one group of each step that the path visits.
class trellis_search {
  public:
    trellis_search(const trellis_kernel & kernel, trellis_family family, int step, int64_t n_windows);

    /// x, g: [n_windows · V]. `start`: the low 16 − step bits of the first window, `end`: the high 16 − step bits of
    /// the last one; −1 leaves them free. out[n_windows]. Equal costs: the lowest last window, then the lowest
    /// predecessors.
    void run(const float * x, const float * g, int start, int end, uint16_t * out);

  private:
    /// The first window of group `g` whose metric in step t is `least`, its minimum.
    int first_of_group(int64_t t, int g, float least, const float * x, const float * scale) const;

    const trellis_kernel & kernel_;
    trellis_family family_;
    int step_;
    int64_t n_windows_;
    std::vector<float> metric_;
    std::vector<float> best_; // [n_windows][groups]: what a window of step t adds its cost to
};

} // namespace seeddelta
