#include "../codec/f16.h"
#include "encoder.h"
#include "failure.h"
#include "sums.h"
#include "threads.h"

#include <cmath>

namespace seeddelta {

namespace {

struct row_norms {
    double w = 0, hat = 0, err = 0, w_weighted = 0, err_weighted = 0; // sums of squares
};

row_norms norms_of(const float * w, const float * hat, const float * importance, int64_t n) {
    const auto square = [](double v) { return v * v; };
    const auto weight = [&](int64_t c) { return double(importance[c]); };
    row_norms sums;
    sums.w = sum_lanes(n, [&](int64_t c) { return square(w[c]); });
    sums.hat = sum_lanes(n, [&](int64_t c) { return square(hat[c]); });
    sums.err = sum_lanes(n, [&](int64_t c) { return square(double(w[c]) - double(hat[c])); });
    if (importance) {
        sums.w_weighted = sum_lanes(n, [&](int64_t c) { return weight(c) * square(w[c]); });
        sums.err_weighted = sum_lanes(n, [&](int64_t c) { return weight(c) * square(double(w[c]) - double(hat[c])); });
    } else {
        sums.w_weighted = sums.w;
        sums.err_weighted = sums.err;
    }
    return sums;
}

} // namespace

double best_scale(const float * w, const float * hat, const float * importance, int64_t n) {
    const auto weight = [&](int64_t c) { return importance ? double(importance[c]) : 1.0; };
    const double num = sum_lanes(n, [&](int64_t c) { return weight(c) * (double(w[c]) * double(hat[c])); });
    const double den = sum_lanes(n, [&](int64_t c) { return weight(c) * (double(hat[c]) * double(hat[c])); });
    const double s = num / den;
    return std::isfinite(s) ? s : 0.0; // 0 / 0 when Ŵ0 is zero
}

double best_scale(const float * w, const float * hat, const second_moments & moments, double damping,
                  std::vector<double> & u) {
    const int64_t n = moments.n();
    u.resize(size_t(n));
    moments.times(hat, u.data());
    if (damping > 0.0) {
        for (int64_t c = 0; c < n; ++c) {
            u[size_t(c)] += damping * double(moments.row(c)[c]) * double(hat[c]);
        }
    }
    const double num = sum_lanes(n, [&](int64_t c) { return double(w[c]) * u[size_t(c)]; });
    const double den = sum_lanes(n, [&](int64_t c) { return double(hat[c]) * u[size_t(c)]; });
    const double s = den > 0.0 ? num / den : 0.0;
    return std::isfinite(s) ? s : 0.0;
}

void fit_row_scale(const dense_weight & w, const second_moments * moments, double damping, int n_threads,
                   stored_payload & out) {
    const int64_t n = w.n_in();
    uint16_t * f16 = nullptr;
    float * f32 = nullptr;
    if (const tensor_view * t = out.view.find("row_scale")) {
        (t->type == elem::f16 ? (void) (f16 = out.data<uint16_t>("row_scale"))
                              : (void) (f32 = out.data<float>("row_scale")));
    }

    payload unscaled = out.view; // Ŵ0 as a reader decodes it, before any row scale
    for (size_t i = 0; i < unscaled.tensors.size(); ++i) {
        if (unscaled.tensors[i].suffix == "row_scale") {
            unscaled.tensors.erase(unscaled.tensors.begin() + std::ptrdiff_t(i));
            break;
        }
    }
    const auto hat = weight::open(unscaled); // also holds the encoder to the format's rules
    std::vector<row_norms> rows(static_cast<size_t>(w.n_out()));

    parallel_rows(w.n_out(), n_threads, [&](int64_t, int64_t first, int64_t last) {
        std::vector<float> row(static_cast<size_t>(n));
        std::vector<double> scratch;
        for (int64_t r = first; r < last; ++r) {
            hat->decode_row(r, row.data());
            float s = 1.0f;
            if (f16 || f32) {
                s = float(moments && moments->has_matrix()
                              ? best_scale(w.row(r), row.data(), *moments, damping, scratch)
                              : best_scale(w.row(r), row.data(), w.importance(), n));
                if (f16) {
                    f16[r] = f32_to_f16(s);
                    s = f16_to_f32(f16[r]);
                } else {
                    f32[r] = s;
                }
                if (!std::isfinite(s)) {
                    fail_input(w.name() + ": the scale of row " + std::to_string(r) + " does not fit " +
                               (f16 ? "f16; store row scales as f32" : "f32; the weight is out of range"));
                }
            }
            for (int64_t c = 0; c < n; ++c) {
                row[size_t(c)] *= s;
            }
            rows[size_t(r)] = norms_of(w.row(r), row.data(), w.importance(), n);
        }
    });

    row_norms sum;
    for (const auto & r : rows) {
        sum.w += r.w;
        sum.hat += r.hat;
        sum.err += r.err;
        sum.w_weighted += r.w_weighted;
        sum.err_weighted += r.err_weighted;
    }
    out.norms.w = std::sqrt(sum.w);
    out.norms.hat = std::sqrt(sum.hat);
    out.norms.err = std::sqrt(sum.err);
    out.norms.err_w = sum.w_weighted > 0.0 ? std::sqrt(sum.err_weighted / sum.w_weighted) : 0.0;
}

} // namespace seeddelta
