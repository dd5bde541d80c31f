// Compiled once per instruction set with SEARCH_BYTES (of a vector register) defined. Needs -ffp-contract=off: a fused
// multiply-add would change the bits.

#include "seed-search.h"

#include <cstring>

namespace seeddelta {
namespace {

typedef float lanes __attribute__((vector_size(SEARCH_BYTES)));
typedef int32_t lane_mask __attribute__((vector_size(SEARCH_BYTES)));
constexpr int64_t n_lanes = SEARCH_BYTES / int64_t(sizeof(float));

inline void load(lanes & v, const float * p) {
    std::memcpy(&v, p, sizeof v);
}

inline void store(float * p, const lanes & v) {
    std::memcpy(p, &v, sizeof v);
}

inline void select(lanes & v, const lane_mask & where, const lanes & other) {
    v = where ? other : v;
}

/// v to the nearest whole number from −8 to 7, ties to even: adding 1.5 · 2^23 leaves no room for a fraction.
inline void quantise(lanes & v) {
    const lanes lowest = v * 0.0f - 8.0f; // stays NaN where v is
    const lanes highest = v * 0.0f + 7.0f;
    select(v, v < lowest, lowest);
    select(v, v > highest, highest);
    v = (v + 12582912.0f) - 12582912.0f;
}

inline void judge(const lanes & d0, const lanes & d1, const search_tables & t, int64_t at, float first,
                  search_best & best, int64_t lane) {
    lanes g00, g01, g11, s00, s01, inverse, gain, candidate, code;
    load(g00, t.g00 + at);
    load(g01, t.g01 + at);
    load(g11, t.g11 + at);
    load(s00, t.solve00 + at);
    load(s01, t.solve01 + at);
    load(inverse, t.inverse11 + at);
    lanes q0 = s00 * d0 + s01 * d1;
    quantise(q0);
    lanes q1 = (d1 - q0 * g01) * inverse;
    quantise(q1);
    const lanes reached = q0 * (2.0f * d0 - (q0 * g00 + 2.0f * (q1 * g01))) + q1 * (2.0f * d1 - q1 * g11);
    load(gain, best.gain + lane);
    load(candidate, best.candidate + lane);
    load(code, best.code + lane);
    const lane_mask better = reached > gain;
    lanes number;
    for (int64_t i = 0; i < n_lanes; ++i) {
        number[i] = first + float(i);
    }
    select(gain, better, reached);
    select(candidate, better, number);
    select(code, better, 16.0f * q0 + q1);
    store(best.gain + lane, gain);
    store(best.candidate + lane, candidate);
    store(best.code + lane, code);
}

void search(const float * a, int64_t n_targets, int64_t inputs, const search_tables & t, int64_t first_candidate,
            int64_t n_candidates, search_best * best) {
    for (int64_t target = 0; target < n_targets; target += search_targets) {
        const float * row = a + target * inputs;
        for (int64_t at = 0; at < n_candidates; at += n_lanes) {
            lanes d0[search_targets] = {}, d1[search_targets] = {};
            for (int64_t c = 0; c < inputs; ++c) {
                lanes u0, u1;
                load(u0, t.u + 2 * c * search_chunk + at);
                load(u1, t.u + (2 * c + 1) * search_chunk + at);
                for (int64_t i = 0; i < search_targets; ++i) {
                    const float v = row[i * inputs + c];
                    d0[i] += v * u0;
                    d1[i] += v * u1;
                }
            }
            for (int64_t i = 0; i < search_targets; ++i) {
                judge(d0[i], d1[i], t, at, float(first_candidate + at), best[target + i], at % search_lanes);
            }
        }
    }
}

} // namespace
} // namespace seeddelta
