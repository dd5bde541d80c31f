#include "trellis-fit.h"

#include "sums.h"
#include "threads.h"
#include "trellis-feedback.h"
#include "trellis-search.h"

#include <algorithm>
#include <cmath>

namespace seeddelta {

static constexpr trellis_rate rates[] = {
    { 1.0f, trellis_family::n4, 4, 2.00f }, { 1.5f, trellis_family::n4, 6, 2.15f },
    { 2.0f, trellis_family::n4, 8, 2.30f }, { 2.5f, trellis_family::n2, 5, 3.20f },
    { 3.0f, trellis_family::n2, 6, 3.30f }, { 4.0f, trellis_family::n2, 8, 3.60f },
};

const trellis_rate * find_trellis_rate(float bits) {
    for (const auto & rate : rates) {
        if (rate.bits == (bits == 0.0f ? 2.0f : bits)) {
            return &rate;
        }
    }
    return nullptr;
}

std::string known_trellis_rates() {
    std::string all;
    for (const auto & rate : rates) {
        const int tenths = int(rate.bits * 10.0f);
        all += (all.empty() ? "" : ", ") + std::to_string(tenths / 10) +
               (tenths % 10 ? "." + std::to_string(tenths % 10) : "");
    }
    return all;
}

trellis_layout trellis_layout_for(int64_t n_out, int64_t n_in, const trellis_rate & rate, int64_t wanted_rows) {
    constexpr int64_t unit = trellis_layout::row_unit;
    const int64_t blocks = std::max<int64_t>(1, (n_out + wanted_rows / 2) / wanted_rows);
    trellis_layout l;
    l.n_out = n_out;
    l.n_in = n_in;
    l.row_block = ((n_out + blocks - 1) / blocks + unit - 1) / unit * unit;
    l.step = rate.step;
    l.weights = trellis_weights(rate.family);
    return l;
}

namespace {

/// One row block: rows run along the vectors, columns after each other.
class block_fit {
  public:
    block_fit(const dense_weight & w, const std::vector<float> & units, const trellis_rate & rate, trellis_fit & out,
              int64_t block, const trellis_kernel & kernel) :
        layout_(out.layout),
        family_(rate.family), scale_(out.scale), words_(out.words.data()), block_(block), n_in_(w.n_in()),
        rows_(layout_.rows(block)), n_windows_(layout_.windows(block)), kernel_(kernel),
        search_(kernel, rate.family, rate.step, n_windows_), target_(size_t(n_in_ * rows_), 0.0f),
        error_(size_t(n_in_ * rows_), 0.0f), g_(size_t(rows_), 0.0f), root_(size_t(rows_), 0.0f),
        windows_(size_t(n_in_ * n_windows_)), x_(size_t(rows_)), shifted_(size_t(lookahead * rows_)) {
        const int64_t first = block * layout_.row_block;
        const int64_t last = std::min(first + layout_.row_block, layout_.n_out);
        std::vector<float> row(static_cast<size_t>(n_in_));
        double sum = 0.0;
        for (int64_t r = first; r < last; ++r) {
            const float unit = units[size_t(r)];
            bool zero = true;
            for (int64_t c = 0; c < n_in_; ++c) {
                row[size_t(c)] = w.row(r)[c] / unit;
                zero = zero && row[size_t(c)] == 0.0f;
            }
            out.rotation.forward(row.data());
            for (int64_t c = 0; c < n_in_; ++c) {
                target_[size_t(c * rows_ + r - first)] = row[size_t(c)];
            }
            root_[size_t(r - first)] = zero ? 0.0f : unit;
            sum += zero ? 0.0 : double(unit) * double(unit);
        }
        // errors count as they appear in W: by the square of the row's unit
        const double mean = std::sqrt(sum / double(last - first));
        for (int64_t r = 0; r < last - first; ++r) {
            root_[size_t(r)] = mean > 0.0 ? float(double(root_[size_t(r)]) / mean) : 0.0f;
            g_[size_t(r)] = root_[size_t(r)] * scale_;
        }
    }

    /// Columns in order, each for what it and the errors so far ask for.
    void code(const trellis_feedback & feedback, int pass, int passes, const progress & watch) {
        for (int64_t c = 0; c < n_in_; c += lookahead) {
            const int64_t n = std::min(lookahead, n_in_ - c);
            shift(feedback, c, n, pass);
            for (int64_t i = 0; i < n; ++i) {
                float * shifted = shifted_.data() + i * rows_;
                if (i > 0 && !feedback.plain()) {
                    late_errors(c, i);
                }
                column(c + i, shifted, pass);
                watch.add((c + i) % passes == pass
                              ? std::min(layout_.row_block, layout_.n_out - block_ * layout_.row_block)
                              : 0);
            }
        }
    }

    /// The windows of all columns as words.
    void store() {
        for (int64_t c = 0; c < n_in_; ++c) {
            const uint16_t * w = windows_.data() + c * n_windows_;
            uint32_t bits = 0;
            int filled = 0;
            int64_t k = 0;
            for (int64_t t = 0; t < n_windows_; ++t) {
                bits |= uint32_t(w[t] & ((1u << layout_.step) - 1)) << filled;
                filled += layout_.step;
                if (filled >= 16) {
                    words_[layout_.word(block_, c, k++)] = uint16_t(bits);
                    bits >>= 16;
                    filled -= 16;
                }
            }
            if (c + trellis_layout::columns >= n_in_) { // nobody else holds the rest of its last window
                words_[layout_.word(block_, c, k)] = uint16_t(w[n_windows_ - 1] >> layout_.step);
            }
        }
    }

  private:
    /// Columns whose targets are shifted together by the errors before them, so that those are read once.
    static constexpr int64_t lookahead = 4;

    /// In the first pass N says how errors shift a target, later H / H_cc, over all columns but the target's own.
    const float * weights_of(const trellis_feedback & f, int64_t c, int pass) {
        if (pass == 0) {
            return f.n(c);
        }
        std::vector<float> & row = row_[size_t(c % lookahead)];
        row.resize(size_t(n_in_));
        const float * h = f.h(c);
        for (int64_t j = 0; j < n_in_; ++j) {
            row[size_t(j)] = j == c ? 0.0f : h[j] / h[c];
        }
        return row.data();
    }

    /// shifted_ = the targets of columns c to c + n − 1, and what errors outside the group add to them.
    void shift(const trellis_feedback & f, int64_t c, int64_t n, int pass) {
        float * acc[lookahead];
        for (int64_t i = 0; i < lookahead; ++i) {
            acc[i] = shifted_.data() + i * rows_;
            coef_[i] = f.plain() ? nullptr : weights_of(f, std::min(c + i, n_in_ - 1), pass);
            if (i < n) {
                std::copy_n(target_.data() + (c + i) * rows_, rows_, acc[i]);
            }
        }
        if (!f.plain()) {
            kernel_.accumulate(error_.data(), rows_, rows_, coef_, 0, c, acc);
            if (pass > 0) {
                kernel_.accumulate(error_.data(), rows_, rows_, coef_, std::min(c + lookahead, n_in_), n_in_, acc);
            }
        }
        // in later passes the columns of this group that were not searched again still have their old errors
        if (pass > 0 && !f.plain()) {
            for (int64_t i = 0; i < n; ++i) {
                for (int64_t j = i + 1; j < n; ++j) {
                    add(acc[i], coef_[i][c + j], c + j);
                }
            }
        }
    }

    /// What the columns of the group before column c + i made since shift.
    void late_errors(int64_t c, int64_t i) {
        for (int64_t j = 0; j < i; ++j) {
            add(shifted_.data() + i * rows_, coef_[i][c + j], c + j);
        }
    }

    void add(float * acc, float factor, int64_t column) const {
        const float * e = error_.data() + column * rows_;
        for (int64_t r = 0; r < rows_; ++r) {
            acc[r] += factor * e[r];
        }
    }

    void column(int64_t c, const float * shifted, int pass) {
        for (int64_t r = 0; r < rows_; ++r) {
            x_[size_t(r)] = shifted[r] * root_[size_t(r)];
        }
        const int step = layout_.step;
        const unsigned low = (1u << (16 - step)) - 1;
        const int64_t before = c - trellis_layout::columns, after = c + trellis_layout::columns;
        uint16_t * w = windows_.data() + c * n_windows_;
        const int start = before < 0 ? -1 : windows_[size_t((before + 1) * n_windows_ - 1)] >> step;
        const int end = pass == 0 || after >= n_in_ ? -1 : int(windows_[size_t(after * n_windows_)] & low);
        search_.run(x_.data(), g_.data(), start, end, w);

        float * e = error_.data() + c * rows_;
        const float * target = target_.data() + c * rows_;
        for (int64_t t = 0; t < n_windows_; ++t) {
            const uint16_t mixed = trellis_mix(w[t]);
            for (int i = 0; i < layout_.weights; ++i) {
                const int64_t r = t * layout_.weights + i;
                e[r] = root_[size_t(r)] == 0.0f ? 0.0f : target[r] - scale_ * float(trellis_value(family_, mixed, i));
            }
        }
    }

    const trellis_layout & layout_;
    trellis_family family_;
    float scale_;
    uint16_t * words_;
    int64_t block_, n_in_, rows_, n_windows_;
    const trellis_kernel & kernel_;
    trellis_search search_;
    std::vector<float> target_, error_; // [n_in][rows]
    std::vector<float> g_, root_;       // [rows]
    std::vector<uint16_t> windows_;     // [n_in][windows]
    std::vector<float> x_, shifted_;
    std::vector<float> row_[lookahead];
    const float * coef_[lookahead] = {};
};

} // namespace

trellis_fit fit_trellis(const dense_weight & w, const std::vector<float> & units, const second_moments * moments,
                        const trellis_rate & rate, const trellis_settings & settings, const progress & watch) {
    const trellis_kernel & kernel = active_trellis_kernel();
    trellis_fit out;
    out.layout = trellis_layout_for(w.n_out(), w.n_in(), rate, settings.rows);
    out.rotation =
        input_rotation(settings.seed, w.n_in(), input_rotation::largest_block(w.n_in(), settings.rotation_most));
    out.words.assign(size_t(out.layout.total_words()), 0);

    std::vector<double> squares(static_cast<size_t>(w.n_out()));
    parallel_rows(w.n_out(), settings.n_threads, [&](int64_t, int64_t first, int64_t last) {
        for (int64_t r = first; r < last; ++r) {
            const double unit = units[size_t(r)];
            squares[size_t(r)] = sum_lanes(w.n_in(), [&](int64_t c) {
                const double v = double(w.row(r)[c]) / unit;
                return v * v;
            });
        }
    });
    double sum = 0.0;
    for (const double s : squares) {
        sum += s;
    }
    const double rms = std::sqrt(sum / (double(w.n_out()) * double(w.n_in())));
    out.scale = float((rms > 0.0 ? rms : 1.0) * double(rate.spread) / double(trellis_most));

    const double few = moments != nullptr ? 0.1 * double(w.n_in()) / double(moments->count()) : 0.0;
    const trellis_feedback feedback(w, settings.feedback ? moments : nullptr, out.rotation, settings.damping + few,
                                    kernel, settings.n_threads, watch);
    const int passes = 1 + (feedback.plain() ? 0 : settings.sweeps);
    parallel_for(out.layout.blocks(), settings.n_threads, [&](int64_t b) {
        block_fit fit(w, units, rate, out, b, kernel);
        for (int pass = 0; pass < passes; ++pass) {
            fit.code(feedback, pass, passes, watch);
        }
        fit.store();
    });
    return out;
}

} // namespace seeddelta
