// Base kind `trellis` in plain C++: the same integers as the vector kernels, window by window.
#include "kernels.h"

#include "../codec/fht.h"
#include "../codec/trellis.h"

namespace seeddelta {
namespace scalar {

#include "fht-transform.h"
#include "trellis-entry.h"
#include "trellis-kernel.h"

namespace {

/// The rows of one window that lie in [first_row, first_row + n_rows), and where the window's two words are.
struct window_rows {
    const uint16_t * low; // of column 0; column c: + c / 4 · record + c % 4
    const uint16_t * high;
    int64_t record;
    int shift;
    int first, last; // rows of the window
};

window_rows window_at(const trellis_term & b, int64_t row, int64_t end) {
    const trellis_layout & l = b.layout;
    const trellis_run run = trellis_run_at(l, b.words, row, end - row);
    const int64_t t = row % l.row_block / l.weights;
    const int64_t column = run.record / trellis_layout::columns;
    const int64_t period = l.step / (l.step & -l.step);
    const int64_t k = t * l.step / 16;
    const auto at = [&](int64_t word) {
        return word == column ? run.record : trellis_layout::columns * (word % period * run.n_periods + word / period);
    };
    window_rows w;
    w.low = run.words + at(k);
    w.high = run.words + at(k + 1);
    w.record = run.record;
    w.shift = int(t * l.step % 16);
    w.first = int(row % l.weights);
    w.last = int(run.n_rows < l.weights - w.first ? w.first + run.n_rows : l.weights);
    return w;
}

/// Calls run(row, count, sum) with what token `lane` of z makes of up to four rows: sum[count].
template <typename F>
void each_window(const trellis_term & b, const trellis_input & in, int64_t lanes, int64_t lane, int64_t first_row,
                 int64_t n_rows, F && run) {
    const int64_t n_in = b.layout.n_in;
    const int64_t n_groups = trellis_input::groups(n_in);
    const int8_t * q = in.q + lane * n_groups * trellis_input::group;
    for (int64_t row = first_row; row < first_row + n_rows;) {
        const window_rows w = window_at(b, row, first_row + n_rows);
        float sum[4] = {};
        for (int64_t g = 0; g < n_groups; ++g) {
            const int64_t begin = g * trellis_input::group;
            const int64_t end = begin + trellis_input::group < n_in ? begin + trellis_input::group : n_in;
            int32_t dot[4] = {};
            for (int64_t c = begin; c < end; ++c) {
                const int64_t at = c / 4 * w.record + c % 4;
                const uint16_t mixed = trellis_mix(uint16_t((w.low[at] | uint32_t(w.high[at]) << 16) >> w.shift));
                for (int i = w.first; i < w.last; ++i) {
                    dot[i - w.first] += trellis_value(b.family, mixed, i) * q[c];
                }
            }
            for (int i = 0; i < w.last - w.first; ++i) {
                sum[i] += float(dot[i]) * in.scale[g * lanes + lane];
            }
        }
        run(row - first_row, w.last - w.first, sum);
        row += w.last - w.first;
    }
}

} // namespace

void trellis_vec(const term & t, const void * z, int64_t first_row, int64_t n_rows, float * acc) {
    const auto & b = static_cast<const trellis_term &>(t);
    each_window(b, trellis_input::at(z, b.layout.n_in, 1), 1, 0, first_row, n_rows,
                [&](int64_t row, int count, const float * sum) {
                    for (int i = 0; i < count; ++i) {
                        acc[row + i] += b.scale * sum[i];
                    }
                });
}

void trellis_batch(const term & t, const void * z, size_t z_stride, int64_t n_tiles, int64_t first_row, int64_t n_rows,
                   float * acc) {
    const auto & b = static_cast<const trellis_term &>(t);
    for (int64_t tile = 0; tile < n_tiles; ++tile) {
        const auto in =
            trellis_input::at(static_cast<const char *>(z) + size_t(tile) * z_stride, b.layout.n_in, tile_tokens);
        for (int64_t k = 0; k < tile_tokens; ++k) {
            float * out = acc + tile * n_rows * tile_tokens + k;
            each_window(b, in, tile_tokens, k, first_row, n_rows, [&](int64_t row, int count, const float * sum) {
                for (int i = 0; i < count; ++i) {
                    out[(row + i) * tile_tokens] += b.scale * sum[i];
                }
            });
        }
    }
}

} // namespace scalar
} // namespace seeddelta
