#include "dictionary.h"

#include "sums.h"
#include "threads.h"

#include <algorithm>
#include <cmath>

namespace seeddelta {

namespace {

constexpr int64_t slice = 256; // inputs per piece of work when an atom is made

double square(double v) {
    return v * v;
}

/// out[m] = Σ_c v[c] · across[c][m], f32, each element summed over c in order: the vector width does not show.
void correlate(const float * v, const float * across, int64_t n, int64_t m, float * out) {
    std::fill(out, out + m, 0.0f);
    for (int64_t c = 0; c < n; ++c) {
        const float x = v[c];
        const float * row = across + c * m;
        for (int64_t a = 0; a < m; ++a) {
            out[a] += x * row[a];
        }
    }
}

/// Orthogonal matching pursuit by the Gram matrix, one row at a time. One per thread.
class pursuit {
  public:
    pursuit(const std::vector<float> & gram, int64_t n_atoms, int64_t k) :
        gram_(gram), m_(n_atoms), k_(k), alpha_(size_t(n_atoms)), lower_(size_t(k * k)), solution_(size_t(k)),
        taken_(size_t(n_atoms)) {}

    /// start[atoms] = correlations of the row with every atom; codes[k], coefficients[k] as dictionary::code says.
    void run(const float * start, uint32_t * codes, float * coefficients) {
        std::fill(taken_.begin(), taken_.end(), char(0));
        std::copy(start, start + m_, alpha_.begin());
        support_.clear();
        float first = 0.0f;
        while (int64_t(support_.size()) < k_) {
            const int64_t best = strongest();
            if (best < 0) {
                break;
            }
            const float size = std::fabs(alpha_[size_t(best)]);
            first = support_.empty() ? size : first;
            if (!(size > 1e-6f * first)) {
                break; // what is left is rounding
            }
            taken_[size_t(best)] = 1;
            if (extend(best)) {
                solve(start);
                for (int64_t a = 0; a < m_; ++a) {
                    alpha_[size_t(a)] = start[a];
                }
                for (size_t j = 0; j < support_.size(); ++j) {
                    const float v = float(solution_[j]);
                    const float * g = gram_.data() + int64_t(support_[j]) * m_;
                    for (int64_t a = 0; a < m_; ++a) {
                        alpha_[size_t(a)] -= v * g[a];
                    }
                }
            }
        }
        store(codes, coefficients);
    }

  private:
    /// The untaken atom that correlates most, the lower one of equals; −1 when all are taken.
    int64_t strongest() const {
        int64_t best = -1;
        float most = -1.0f;
        for (int64_t a = 0; a < m_; ++a) {
            const float size = std::fabs(alpha_[size_t(a)]);
            if (!taken_[size_t(a)] && size > most) {
                most = size;
                best = a;
            }
        }
        return best;
    }

    /// One more row of the Cholesky factor. False for an atom that the others already span.
    bool extend(int64_t atom) {
        const auto n = int64_t(support_.size());
        const float * g = gram_.data() + atom * m_;
        double * row = lower_.data() + n * k_;
        double left = g[atom];
        for (int64_t i = 0; i < n; ++i) {
            double v = g[support_[size_t(i)]];
            for (int64_t j = 0; j < i; ++j) {
                v -= row[j] * lower_[size_t(i * k_ + j)];
            }
            row[i] = v / lower_[size_t(i * k_ + i)];
            left -= row[i] * row[i];
        }
        if (!(left > 1e-5)) {
            return false;
        }
        row[n] = std::sqrt(left);
        support_.push_back(uint32_t(atom));
        return true;
    }

    /// Least squares on the support.
    void solve(const float * start) {
        const auto n = int64_t(support_.size());
        for (int64_t i = 0; i < n; ++i) {
            double v = start[support_[size_t(i)]];
            for (int64_t j = 0; j < i; ++j) {
                v -= lower_[size_t(i * k_ + j)] * solution_[size_t(j)];
            }
            solution_[size_t(i)] = v / lower_[size_t(i * k_ + i)];
        }
        for (int64_t i = n - 1; i >= 0; --i) {
            double v = solution_[size_t(i)];
            for (int64_t j = i + 1; j < n; ++j) {
                v -= lower_[size_t(j * k_ + i)] * solution_[size_t(j)];
            }
            solution_[size_t(i)] = v / lower_[size_t(i * k_ + i)];
        }
    }

    void store(uint32_t * codes, float * coefficients) {
        order_.clear();
        std::fill(taken_.begin(), taken_.end(), char(0));
        for (size_t j = 0; j < support_.size(); ++j) {
            taken_[support_[j]] = 1;
            order_.push_back({ support_[j], float(solution_[j]) });
        }
        for (uint32_t a = 0; int64_t(order_.size()) < k_; ++a) {
            if (!taken_[a]) {
                order_.push_back({ a, 0.0f });
            }
        }
        std::sort(order_.begin(), order_.end(), [](const auto & a, const auto & b) { return a.first < b.first; });
        for (int64_t j = 0; j < k_; ++j) {
            codes[j] = order_[size_t(j)].first;
            coefficients[j] = order_[size_t(j)].second;
        }
    }

    const std::vector<float> & gram_;
    int64_t m_, k_;
    std::vector<float> alpha_;
    std::vector<double> lower_; // [k][k]
    std::vector<double> solution_;
    std::vector<char> taken_;
    std::vector<uint32_t> support_;
    std::vector<std::pair<uint32_t, float>> order_;
};

} // namespace

bool dictionary::normalise(int64_t a) {
    float * v = atom(a);
    const double norm = std::sqrt(sum_lanes(n_, [&](int64_t c) { return square(v[c]); }));
    if (!(norm > 0.0) || !std::isfinite(norm)) {
        std::fill(v, v + n_, 0.0f);
        return false;
    }
    for (int64_t c = 0; c < n_; ++c) {
        v[c] = float(double(v[c]) / norm);
    }
    return true;
}

void dictionary::make_gram() {
    across_.resize(atoms_.size());
    gram_.resize(size_t(n_atoms_ * n_atoms_));
    parallel_for((n_ + slice - 1) / slice, n_threads_, [&](int64_t item) {
        for (int64_t c = item * slice; c < std::min(n_, (item + 1) * slice); ++c) {
            for (int64_t a = 0; a < n_atoms_; ++a) {
                across_[size_t(c * n_atoms_ + a)] = atoms_[size_t(a * n_ + c)];
            }
        }
    });
    parallel_for(n_atoms_, n_threads_,
                 [&](int64_t a) { correlate(atom(a), across_.data(), n_, n_atoms_, gram_.data() + a * n_atoms_); });
}

void dictionary::code(int64_t k, const progress & watch) {
    k_ = k;
    codes_.resize(size_t(n_rows_ * k));
    coefficients_.resize(codes_.size());
    make_gram();
    parallel_rows(n_rows_, n_threads_, [&](int64_t, int64_t first, int64_t last) {
        watch.add(0); // notices a cancellation
        pursuit omp(gram_, n_atoms_, k);
        std::vector<float> start(static_cast<size_t>(n_atoms_));
        for (int64_t r = first; r < last; ++r) {
            correlate(data_.data() + r * n_, across_.data(), n_, n_atoms_, start.data());
            omp.run(start.data(), codes_.data() + r * k, coefficients_.data() + r * k);
        }
    });
}

void dictionary::update(const progress & watch) {
    struct use {
        int64_t row, slot;
    };
    std::vector<std::vector<use>> users(static_cast<size_t>(n_atoms_));
    for (int64_t slot = 0; slot < n_rows_ * k_; ++slot) {
        if (coefficients_[size_t(slot)] != 0.0f) {
            users[codes_[size_t(slot)]].push_back({ slot / k_, slot });
        }
    }
    rest_ = data_;
    std::vector<double> left(static_cast<size_t>(n_rows_)); // squared length of each row of rest_
    parallel_rows(n_rows_, n_threads_, [&](int64_t, int64_t first, int64_t last) {
        for (int64_t r = first; r < last; ++r) {
            float * rest = rest_.data() + r * n_;
            for (int64_t slot = r * k_; slot < (r + 1) * k_; ++slot) {
                const float v = coefficients_[size_t(slot)];
                const float * a = atom(codes_[size_t(slot)]);
                for (int64_t c = 0; c < n_; ++c) {
                    rest[c] -= v * a[c];
                }
            }
            left[size_t(r)] = sum_lanes(n_, [&](int64_t c) { return square(rest[c]); });
        }
    });

    std::vector<float> old(static_cast<size_t>(n_));
    for (int64_t a = 0; a < n_atoms_; ++a) {
        watch.add(0);
        const auto & use_of = users[size_t(a)];
        float * now = atom(a);
        if (use_of.empty()) {
            const auto worst = std::max_element(left.begin(), left.end()) - left.begin();
            if (left[size_t(worst)] > 0.0) {
                std::copy(rest_.begin() + worst * n_, rest_.begin() + (worst + 1) * n_, now);
                left[size_t(worst)] = 0.0; // each row helps once
                normalise(a);
            }
            continue;
        }
        old.assign(now, now + n_);
        double squares = 0.0;
        for (const auto & u : use_of) {
            squares += square(coefficients_[size_t(u.slot)]);
        }
        parallel_for((n_ + slice - 1) / slice, n_threads_, [&](int64_t item) {
            double sum[slice];
            const int64_t begin = item * slice;
            const int64_t width = std::min(slice, n_ - begin);
            for (int64_t c = 0; c < width; ++c) {
                sum[c] = squares * double(old[size_t(begin + c)]);
            }
            for (const auto & u : use_of) {
                const double v = coefficients_[size_t(u.slot)];
                const float * rest = rest_.data() + u.row * n_ + begin;
                for (int64_t c = 0; c < width; ++c) {
                    sum[c] += v * double(rest[c]);
                }
            }
            for (int64_t c = 0; c < width; ++c) {
                now[begin + c] = float(sum[c]);
            }
        });
        if (!normalise(a)) {
            std::copy(old.begin(), old.end(), now);
            continue;
        }
        const double both = sum_lanes(n_, [&](int64_t c) { return double(old[size_t(c)]) * double(now[c]); });
        parallel_rows(int64_t(use_of.size()), n_threads_, [&](int64_t, int64_t first, int64_t last) {
            for (int64_t i = first; i < last; ++i) {
                float * rest = rest_.data() + use_of[size_t(i)].row * n_;
                float & v = coefficients_[size_t(use_of[size_t(i)].slot)];
                const float before = v;
                v = float(sum_lanes(n_, [&](int64_t c) { return double(rest[c]) * double(now[c]); }) +
                          double(before) * both);
                for (int64_t c = 0; c < n_; ++c) {
                    rest[c] = (rest[c] + before * old[size_t(c)]) - v * now[c];
                }
            }
        });
    }
}

} // namespace seeddelta
