#include "refit.h"

#include "sums.h"

#include <cmath>

namespace seeddelta {

void damped_system::resize(int64_t k) {
    k_ = k;
    root_.resize(size_t(k));
    b_.resize(size_t(k));
    a_.resize(size_t(k * k));
    q_.resize(size_t(k));
}

void damped_system::set(int64_t i, double diagonal, double right) {
    root_[size_t(i)] = diagonal > 0.0 ? 1.0 / std::sqrt(diagonal) : 0.0;
    b_[size_t(i)] = root_[size_t(i)] * right;
}

void damped_system::solve(double lambda) {
    const int64_t k = k_;
    const auto    dot = [&](const std::vector<double> & x, const std::vector<double> & y) {
        return sum_lanes(k, [&](int64_t j) { return x[size_t(j)] * y[size_t(j)]; });
    };
    d_.assign(size_t(k), 0.0);
    p_ = b_;
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
}

void kept_refit::row(float * r, const uint32_t * kept, int64_t k) {
    if (h_ == nullptr) {
        return;
    }
    const int64_t n = h_->n();
    dropped_.assign(r, r + n);
    for (int64_t j = 0; j < k; ++j) {
        dropped_[kept[j]] = 0.0f;
    }
    // with d = v − r on the kept inputs:  A = H of the kept inputs, b = H dropped
    system_.resize(k);
    for (int64_t j = 0; j < k; ++j) {
        const float * h = h_->row(kept[j]);
        system_.set(j, h[kept[j]], sum_lanes(n, [&](int64_t c) { return double(h[c]) * double(dropped_[size_t(c)]); }));
    }
    for (int64_t i = 0; i < k; ++i) {
        const float * h = h_->row(kept[i]);
        for (int64_t j = 0; j < k; ++j) {
            system_.entry(i, j, h[kept[j]]);
        }
    }
    system_.solve(damped_system::damping(*h_));
    for (int64_t j = 0; j < k; ++j) {
        const double v = double(r[kept[j]]) + system_.d(j);
        r[kept[j]] = std::isfinite(v) ? float(v) : r[kept[j]];
    }
}

} // namespace seeddelta
