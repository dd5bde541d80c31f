#include "metrics.h"

#include "../codec/weight.h"
#include "encoder.h"
#include "exact-math.h"
#include "failure.h"
#include "sums.h"
#include "threads.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seeddelta {

namespace {

struct row_sums {
    likeness plain, weighted;
    double   err = 0, err_weighted = 0; // sums of squares of W − Ŵ
};

row_sums compare_row(const float * w, const float * hat, const float * m, int64_t n) {
    const auto product = [](double a, double b) { return a * b; };
    const auto difference = [&](int64_t c) { return double(w[c]) - double(hat[c]); };
    row_sums   s;
    s.plain.a_a = sum_lanes(n, [&](int64_t c) { return product(w[c], w[c]); });
    s.plain.b_b = sum_lanes(n, [&](int64_t c) { return product(hat[c], hat[c]); });
    s.plain.a_b = sum_lanes(n, [&](int64_t c) { return product(w[c], hat[c]); });
    s.err = sum_lanes(n, [&](int64_t c) { return product(difference(c), difference(c)); });
    if (m == nullptr) {
        s.weighted = s.plain;
        s.err_weighted = s.err;
        return s;
    }
    s.weighted.a_a = sum_lanes(n, [&](int64_t c) { return double(m[c]) * product(w[c], w[c]); });
    s.weighted.b_b = sum_lanes(n, [&](int64_t c) { return double(m[c]) * product(hat[c], hat[c]); });
    s.weighted.a_b = sum_lanes(n, [&](int64_t c) { return double(m[c]) * product(w[c], hat[c]); });
    s.err_weighted = sum_lanes(n, [&](int64_t c) { return double(m[c]) * product(difference(c), difference(c)); });
    return s;
}

/// Activations as columns: the first `n` are N(0, I), the next `n` (with importance) the same numbers scaled to
/// N(0, diag(importance)), then `n_real` that were collected, evenly spread over those there are; then zeros up to a
/// multiple of gemm_columns. x[n_in][columns].
struct activations {
    int64_t            n = 0;
    int64_t            n_real = 0;
    int64_t            first_real = 0;
    int64_t            columns = 0;
    std::vector<float> x;

    activations(const dense_weight & w, const sd_measure_params & p) : n(std::max(0, p.eval_x)) {
        const float * m = w.importance();
        const second_moments * moments = w.moments();
        first_real = m ? 2 * n : n;
        n_real = moments ? std::min(n, moments->n_samples()) : 0;
        columns = (first_real + n_real + gemm_columns - 1) / gemm_columns * gemm_columns;
        x.assign(size_t(w.n_in() * columns), 0.0f);
        parallel_for(n, p.n_threads, [&](int64_t s) {
            const gaussian_stream g(p.seed, "eval x", s);
            for (int64_t c = 0; c < w.n_in(); ++c) {
                const double v = g.at(uint32_t(c));
                x[size_t(c * columns + s)] = float(v);
                if (m) {
                    x[size_t(c * columns + n + s)] = float(v * std::sqrt(double(m[c])));
                }
            }
        });
        for (int64_t s = 0; s < n_real; ++s) {
            const float * real = moments->sample(s * moments->n_samples() / n_real);
            for (int64_t c = 0; c < w.n_in(); ++c) {
                x[size_t(c * columns + first_real + s)] = real[c];
            }
        }
    }
};

double ratio(double err, double norm) {
    return err <= 0.0 ? 0.0 : std::sqrt(err) / std::max(std::sqrt(norm), 1e-30);
}

template <typename F> sd_stat over(const std::vector<int64_t> & rows, F && f) {
    std::vector<double> samples;
    samples.reserve(rows.size());
    for (int64_t r : rows) {
        samples.push_back(f(r));
    }
    return statistics(std::move(samples));
}

double log_ratio(const likeness & y) {
    return exact_log(std::clamp(y.norm_ratio(), 1e-30, 1e30));
}

sd_stat no_stat() {
    return statistics({});
}

void add_functional(const std::vector<likeness> & y, int64_t first, int64_t n, sd_stat & cos, sd_stat & ratio_out) {
    std::vector<double> c, r;
    for (int64_t s = first; s < first + n; ++s) {
        c.push_back(y[size_t(s)].cos());
        r.push_back(log_ratio(y[size_t(s)]));
    }
    cos = statistics(std::move(c));
    ratio_out = statistics(std::move(r));
}

double ops_ratio(const payload & p) {
    const double ops = find_base_encoder(p.base_kind).ops_per_row(p) + find_residual_encoder(p.scheme).ops_per_row(p) +
                       (p.find("row_scale") ? 1.0 : 0.0);
    return ops / double(p.n_in);
}

} // namespace

sd_metrics measure(const dense_weight & w, const stored_payload & payload, const sd_measure_params & params,
                   const progress & watch) {
    const auto & view = payload.view;
    if (view.n_out != w.n_out() || view.n_in != w.n_in() || view.name != w.name()) {
        fail_usage("the payload of '" + view.name + "' does not belong to the weight '" + w.name() + "'");
    }
    const auto hat = weight::open(view);
    sd_metrics m = measure(
        w, [&](int64_t row, float * out) { hat->decode_row(row, out); }, params, watch);
    m.ops_ratio = ops_ratio(view);
    return m;
}

sd_metrics measure(const dense_weight & w, const row_source & hat, const sd_measure_params & params,
                   const progress & watch) {
    if (params.eval_x < 0 || params.eval_x > 65536 || params.eval_rows < 0) {
        fail_usage("eval_x must be 0 to 65536 and eval_rows not negative");
    }
    const activations       act(w, params);
    const int64_t           n = w.n_in();
    const int64_t           columns = act.columns;
    const int64_t           n_items = (w.n_out() + rows_per_item - 1) / rows_per_item;
    std::vector<row_sums>   rows(static_cast<size_t>(w.n_out()));
    std::vector<likeness>   parts(size_t(n_items * columns)); // per work item, added up in order below
    parallel_rows(w.n_out(), params.n_threads, [&](int64_t item, int64_t first, int64_t last) {
        std::vector<float> decoded(static_cast<size_t>(n)), y(size_t(2 * columns));
        for (int64_t r = first; r < last; ++r) {
            hat(r, decoded.data());
            rows[size_t(r)] = compare_row(w.row(r), decoded.data(), w.importance(), n);
            gemm_pair(w.row(r), decoded.data(), n, act.x.data(), columns, y.data(), y.data() + columns);
            for (int64_t s = 0; s < columns; ++s) {
                const double a = y[size_t(s)];
                const double b = y[size_t(columns + s)];
                likeness &   part = parts[size_t(item * columns + s)];
                part.a_a += a * a;
                part.b_b += b * b;
                part.a_b += a * b;
            }
        }
        watch.add((last - first) * n);
    });

    sd_metrics m{};
    const auto sampled = sample_rows(w.n_out(), params.eval_rows, params.seed);
    const auto row = [&](int64_t r) -> const row_sums & { return rows[size_t(r)]; };
    m.rel_l2 = over(sampled, [&](int64_t r) { return ratio(row(r).err, row(r).plain.a_a); });
    m.cos = over(sampled, [&](int64_t r) { return row(r).plain.cos(); });
    m.norm_ratio = over(sampled, [&](int64_t r) { return row(r).plain.norm_ratio(); });
    m.rel_l2_w = m.cos_w = m.norm_ratio_w = no_stat();
    if (w.importance()) {
        m.rel_l2_w = over(sampled, [&](int64_t r) { return ratio(row(r).err_weighted, row(r).weighted.a_a); });
        m.cos_w = over(sampled, [&](int64_t r) { return row(r).weighted.cos(); });
        m.norm_ratio_w = over(sampled, [&](int64_t r) { return row(r).weighted.norm_ratio(); });
    }

    std::vector<likeness> y(static_cast<size_t>(columns));
    for (int64_t item = 0; item < n_items; ++item) {
        for (int64_t s = 0; s < columns; ++s) {
            const likeness & part = parts[size_t(item * columns + s)];
            y[size_t(s)].a_a += part.a_a;
            y[size_t(s)].b_b += part.b_b;
            y[size_t(s)].a_b += part.a_b;
        }
    }
    m.cos_x = m.log_norm_ratio_x = m.cos_x_w = m.log_norm_ratio_x_w = m.cos_act = m.log_norm_ratio_act = no_stat();
    if (act.n > 0) {
        add_functional(y, 0, act.n, m.cos_x, m.log_norm_ratio_x);
        if (w.importance()) {
            add_functional(y, act.n, act.n, m.cos_x_w, m.log_norm_ratio_x_w);
        }
        if (act.n_real > 0) {
            add_functional(y, act.first_real, act.n_real, m.cos_act, m.log_norm_ratio_act);
        }
    }

    row_sums total;
    for (const auto & r : rows) {
        total.plain.a_a += r.plain.a_a;
        total.plain.b_b += r.plain.b_b;
        total.err += r.err;
        total.weighted.a_a += r.weighted.a_a;
        total.err_weighted += r.err_weighted;
    }
    m.norm_w = std::sqrt(total.plain.a_a);
    m.norm_hat = std::sqrt(total.plain.b_b);
    m.norm_err = std::sqrt(total.err);
    m.norm_err_w = ratio(total.err_weighted, total.weighted.a_a);
    m.err_h = moments_error(w, hat, sampled, params.n_threads);
    m.ops_ratio = 1.0;
    return m;
}

} // namespace seeddelta
