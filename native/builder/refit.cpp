#include "refit.h"

#include "sums.h"

#include <cmath>

namespace seeddelta {

void kept_refit::row(float * r, const uint32_t * kept, int64_t k) {
    if (h_ == nullptr) {
        return;
    }
    const int64_t n = h_->n();
    dropped_.assign(r, r + n);
    for (int64_t j = 0; j < k; ++j) {
        dropped_[kept[j]] = 0.0f;
    }
    // With d = v − r on the kept inputs, D = diag(H_jj) and u = D^½ d:  (D^-½ H D^-½ + λ) u = D^-½ (H dropped)
    root_.resize(size_t(k));
    b_.resize(size_t(k));
    a_.resize(size_t(k * k));
    for (int64_t j = 0; j < k; ++j) {
        const float * h = h_->row(kept[j]);
        const double  diagonal = h[kept[j]];
        root_[size_t(j)] = diagonal > 0.0 ? 1.0 / std::sqrt(diagonal) : 0.0;
        b_[size_t(j)] = root_[size_t(j)] *
                        sum_lanes(n, [&](int64_t c) { return double(h[c]) * double(dropped_[size_t(c)]); });
    }
    for (int64_t i = 0; i < k; ++i) {
        const float * h = h_->row(kept[i]);
        for (int64_t j = 0; j < k; ++j) {
            a_[size_t(i * k + j)] = float(double(h[kept[j]]) * root_[size_t(i)] * root_[size_t(j)]);
        }
    }

    const auto dot = [&](const std::vector<double> & x, const std::vector<double> & y) {
        return sum_lanes(k, [&](int64_t j) { return x[size_t(j)] * y[size_t(j)]; });
    };
    const double lambda = damping(*h_);
    d_.assign(size_t(k), 0.0);
    p_ = b_;
    q_.resize(size_t(k));
    double       rest = dot(b_, b_);
    const double enough = rest * tolerance;
    for (int step = 0; step < max_steps && rest > enough; ++step) {
        for (int64_t i = 0; i < k; ++i) {
            const float * a = a_.data() + i * k;
            q_[size_t(i)] = sum_lanes(k, [&](int64_t j) { return double(a[j]) * p_[size_t(j)]; }) +
                            lambda * p_[size_t(i)];
        }
        const double curve = dot(p_, q_);
        if (!(curve > 0.0)) {
            break; // rounding made the matrix indefinite: what was found so far stands
        }
        const double alpha = rest / curve;
        for (int64_t j = 0; j < k; ++j) {
            d_[size_t(j)] += alpha * p_[size_t(j)];
            b_[size_t(j)] -= alpha * q_[size_t(j)];
        }
        const double next = dot(b_, b_);
        const double beta = next / rest;
        rest = next;
        for (int64_t j = 0; j < k; ++j) {
            p_[size_t(j)] = b_[size_t(j)] + beta * p_[size_t(j)];
        }
    }
    for (int64_t j = 0; j < k; ++j) {
        const double v = double(r[kept[j]]) + root_[size_t(j)] * d_[size_t(j)];
        r[kept[j]] = std::isfinite(v) ? float(v) : r[kept[j]];
    }
}

} // namespace seeddelta
