#pragma once

#include "dense.h"
#include "progress.h"

#include "../codec/trellis.h"

#include <vector>

namespace seeddelta {

/// A bit rate of base kind `trellis` and what goes with it.
struct trellis_rate {
    float bits; // per weight
    trellis_family family;
    int step;
    float spread; // W0's values reach this many times the root mean square of W
};

/// nullptr for a rate that is not supported. 0 asks for 2 bits.
const trellis_rate * find_trellis_rate(float bits);
/// "1, 1.5, 2, …" for messages.
std::string known_trellis_rates();

/// Rows that a row block is made of, about: a shorter column wastes bits where its stream begins.
constexpr int64_t trellis_rows = 256;

/// Sizes of the streams: row blocks of about `wanted_rows` rows, all of nearly one size.
trellis_layout trellis_layout_for(int64_t n_out, int64_t n_in, const trellis_rate & rate,
                                  int64_t wanted_rows = trellis_rows);

/// What the fit can be told apart from the rate. The defaults are what is used; the rest is for experiments and tests.
struct trellis_settings {
    uint64_t seed = 0;                                 // of the rotation's signs
    int64_t rotation_most = input_rotation::max_block; // 1: signs only
    int64_t rows = trellis_rows;                       // of a row block, about
    double damping = 0.01;                             // of the mean diagonal of H, plus what few vectors call for
    bool feedback = true;
    int sweeps = 0; // times that every column is searched again for what all others left over
    int n_threads = 1;
};

/// What was found: the words of the streams in the order of the format.
struct trellis_fit {
    trellis_layout layout;
    float scale = 0.0f;
    input_rotation rotation;
    std::vector<uint16_t> words;
};

/// Streams whose values come close to W / units under `moments`, else under importance, else plainly. Adds n_out · n_in
/// to `watch`.
trellis_fit fit_trellis(const dense_weight & w, const std::vector<float> & units, const second_moments * moments,
                        const trellis_rate & rate, const trellis_settings & settings, const progress & watch);

} // namespace seeddelta
