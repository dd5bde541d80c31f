#include "second-moments.h"

#include <algorithm>

namespace seeddelta {

second_moments::second_moments(int64_t n, const float * packed, int64_t count, const float * samples, int64_t n_samples)
    : n_(n), count_(std::max<int64_t>(count, 1)), n_samples_(samples ? n_samples : 0) {
    if (packed) {
        matrix_.resize(size_t(n * n));
        for (int64_t i = 0; i < n; ++i) {
            for (int64_t j = i; j < n; ++j) {
                matrix_[size_t(i * n + j)] = matrix_[size_t(j * n + i)] = *packed++;
            }
        }
    }
    if (samples) {
        samples_.assign(samples, samples + n * n_samples);
    }
}

void second_moments::times(const float * v, double * out) const {
    std::fill(out, out + n_, 0.0);
    for (int64_t c = 0; c < n_; ++c) {
        if (v[c] == 0.0f) {
            continue;
        }
        const double  scale = v[c];
        const float * h = row(c);
        for (int64_t i = 0; i < n_; ++i) {
            out[i] += scale * double(h[i]);
        }
    }
}

} // namespace seeddelta
