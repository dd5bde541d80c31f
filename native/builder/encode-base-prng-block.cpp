#include "../codec/terms.h"
#include "encode-prng-search.h"
#include "sums.h"
#include "threads.h"

#include <cmath>

namespace seeddelta {

namespace {

/// Sums over one work item's rows; σ is the sign pattern, w the row, u the row in its own unit.
struct item_sums {
    double fit = 0, fit_norm = 0;                           // Σ m u σ, Σ m         (m = importance or 1)
    double dot = 0, signs = 0, norm = 0;                    // Σ w s0σ, Σ s0², Σ w²
    double dot_weighted = 0, signs_weighted = 0, norm_weighted = 0;
};

double captured(double dot, double signs, double norm) {
    return signs > 0.0 && norm > 0.0 ? std::min(1.0, dot / signs * (dot / norm)) : 0.0;
}

} // namespace

static void layout(const weight_shape & shape, const encode_options & o, std::vector<tensor_layout> & out) {
    if (o.seed_search > 0) {
        seed_search_layout(shape, o, out);
    }
}

/// scale = the importance-weighted least squares coefficient of W / s0 on the signs, over the whole weight.
static void fit(const dense_weight & w, const encode_options & options, const progress & watch, fitted_base & out) {
    if (options.seed_search > 0) {
        seed_search_fit(w, options, watch, out);
        return;
    }
    auto base = std::make_unique<prng_block_term>();
    base->seed = options.seed;
    base->tensor_hash = fnv1a64(w.name());
    base->scale = 1.0f;
    base->n_in = w.n_in();

    const int64_t          n = w.n_in();
    const float *          importance = w.importance();
    std::vector<item_sums> items(size_t((w.n_out() + rows_per_item - 1) / rows_per_item));
    parallel_rows(w.n_out(), options.n_threads, [&](int64_t item, int64_t first, int64_t last) {
        std::vector<float> sign(static_cast<size_t>(n));
        item_sums &        s = items[size_t(item)];
        for (int64_t r = first; r < last; ++r) {
            std::fill(sign.begin(), sign.end(), 0.0f);
            base->add_row(r, sign.data());
            const float * row = w.row(r);
            const double  unit = out.units[size_t(r)];
            const auto    m = [&](int64_t c) { return importance ? double(importance[c]) : 1.0; };
            const double  dot = sum_lanes(n, [&](int64_t c) { return double(row[c]) * double(sign[size_t(c)]); });
            const double  norm = sum_lanes(n, [&](int64_t c) { return double(row[c]) * double(row[c]); });
            double        dot_m = dot, norm_m = norm, sum_m = double(n);
            if (importance) {
                dot_m = sum_lanes(n, [&](int64_t c) { return m(c) * (double(row[c]) * double(sign[size_t(c)])); });
                norm_m = sum_lanes(n, [&](int64_t c) { return m(c) * (double(row[c]) * double(row[c])); });
                sum_m = sum_lanes(n, m);
            }
            s.fit += dot_m / unit;
            s.fit_norm += sum_m;
            s.dot += unit * dot;
            s.signs += unit * unit * double(n);
            s.norm += norm;
            s.dot_weighted += unit * dot_m;
            s.signs_weighted += unit * unit * sum_m;
            s.norm_weighted += norm_m;
        }
        watch.add((last - first) * n);
    });

    item_sums t;
    for (const auto & s : items) {
        t.fit += s.fit;
        t.fit_norm += s.fit_norm;
        t.dot += s.dot;
        t.signs += s.signs;
        t.norm += s.norm;
        t.dot_weighted += s.dot_weighted;
        t.signs_weighted += s.signs_weighted;
        t.norm_weighted += s.norm_weighted;
    }
    const float scale = t.fit_norm > 0.0 ? float(t.fit / t.fit_norm) : 0.0f;
    base->scale = std::isfinite(scale) ? scale : 0.0f;
    out.params["base.seed"] = options.seed;
    out.params["base.scale"] = double(base->scale);
    out.stats.share = captured(t.dot, t.signs, t.norm);
    out.stats.share_weighted = captured(t.dot_weighted, t.signs_weighted, t.norm_weighted);
    out.decoded = std::move(base);
}

/// Every input is added once with its sign; a searched weight takes two products to make besides.
static double ops_per_row(const payload & p) {
    const double per_input = p.has_param("base.seed_search") ? 3.0 : 1.0;
    return p.param_f64("base.scale") == 0.0 ? 0.0 : per_input * double(p.n_in);
}

extern const base_encoder encode_prng_block;
const base_encoder        encode_prng_block = { layout, fit, ops_per_row };

} // namespace seeddelta
