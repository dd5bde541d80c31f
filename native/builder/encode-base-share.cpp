#include "encoder.h"
#include "sums.h"
#include "threads.h"

#include <cmath>

namespace seeddelta {

namespace {

struct products {
    double dot = 0, base = 0, norm = 0; // <W, s0 W0>, <s0 W0, s0 W0>, <W, W>

    void operator+=(const products & o) {
        dot += o.dot;
        base += o.base;
        norm += o.norm;
    }
    double share() const { return base > 0.0 && norm > 0.0 ? std::min(1.0, dot / base * (dot / norm)) : 0.0; }
};

} // namespace

sd_base_stats captured_share(const dense_weight & w, const std::vector<float> & units, const term & base, int n_threads) {
    const int64_t         n = w.n_in();
    const float *         m = w.importance();
    std::vector<products> plain(static_cast<size_t>(w.n_out())), weighted(static_cast<size_t>(w.n_out()));
    parallel_rows(w.n_out(), n_threads, [&](int64_t, int64_t first, int64_t last) {
        std::vector<float> w0(static_cast<size_t>(n));
        for (int64_t r = first; r < last; ++r) {
            std::fill(w0.begin(), w0.end(), 0.0f);
            base.add_row(r, w0.data());
            const float * row = w.row(r);
            const double  unit = units[size_t(r)];
            const auto    sums = [&](auto && weight) {
                const auto a = [&](int64_t c) { return double(row[c]); };
                const auto b = [&](int64_t c) { return unit * double(w0[size_t(c)]); };
                products   p;
                p.dot = sum_lanes(n, [&](int64_t c) { return weight(c) * (a(c) * b(c)); });
                p.base = sum_lanes(n, [&](int64_t c) { return weight(c) * (b(c) * b(c)); });
                p.norm = sum_lanes(n, [&](int64_t c) { return weight(c) * (a(c) * a(c)); });
                return p;
            };
            plain[size_t(r)] = sums([](int64_t) { return 1.0; });
            weighted[size_t(r)] = m ? sums([&](int64_t c) { return double(m[c]); }) : plain[size_t(r)];
        }
    });
    products all, all_weighted;
    for (int64_t r = 0; r < w.n_out(); ++r) {
        all += plain[size_t(r)];
        all_weighted += weighted[size_t(r)];
    }
    return { all.share(), all_weighted.share() };
}

} // namespace seeddelta
