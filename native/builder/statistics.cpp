#include "metrics.h"

#include "../codec/prng.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seeddelta {

static constexpr double tiny = 1e-30;

static double quantile(const std::vector<double> & ascending, double p) {
    const double at = double(ascending.size() - 1) * p;
    const size_t below = size_t(at);
    const size_t above = std::min(below + 1, ascending.size() - 1);
    const double part = at - double(below);
    return ascending[below] + part * (ascending[above] - ascending[below]);
}

sd_stat statistics(std::vector<double> samples) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    if (samples.empty()) {
        return { nan, nan, nan, nan };
    }
    std::sort(samples.begin(), samples.end());
    double sum = 0.0;
    for (double v : samples) {
        sum += v;
    }
    return { sum / double(samples.size()), quantile(samples, 0.05), quantile(samples, 0.10), quantile(samples, 0.95) };
}

double likeness::cos() const {
    if (a_a <= 0.0 || b_b <= 0.0) {
        return a_a <= 0.0 && b_b <= 0.0 ? 1.0 : 0.0;
    }
    return std::clamp(a_b / (std::sqrt(a_a) * std::sqrt(b_b)), -1.0, 1.0);
}

double likeness::norm_ratio() const {
    if (a_a <= 0.0 && b_b <= 0.0) {
        return 1.0;
    }
    return std::sqrt(b_b) / std::max(std::sqrt(a_a), tiny);
}

std::vector<int64_t> sample_rows(int64_t n_out, int64_t wanted, uint64_t seed) {
    std::vector<int64_t> rows(static_cast<size_t>(n_out));
    for (int64_t r = 0; r < n_out; ++r) {
        rows[size_t(r)] = r;
    }
    if (wanted <= 0 || wanted >= n_out) {
        return rows;
    }
    const uint32_t key = prng_row_key(seed, fnv1a64("eval rows"), 0);
    for (int64_t i = 0; i < wanted; ++i) { // Fisher–Yates, first `wanted` places only
        const int64_t left = n_out - i;
        const int64_t pick = i + int64_t((uint64_t(prng_word(key, uint32_t(i))) * uint64_t(left)) >> 32);
        std::swap(rows[size_t(i)], rows[size_t(pick)]);
    }
    rows.resize(size_t(wanted));
    std::sort(rows.begin(), rows.end());
    return rows;
}

} // namespace seeddelta
