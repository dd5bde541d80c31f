#include "encode-prng-search.h"

#include "../codec/terms.h"
#include "../op/kernels.h"
#include "failure.h"
#include "seed-search.h"
#include "sums.h"
#include "threads.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace seeddelta {

extern const search_kernel search_scalar;
#if defined(__x86_64__)
extern const search_kernel search_avx2;
extern const search_kernel search_avx512;
#endif

const search_kernel * all_search_kernels(int * n) {
    static const search_kernel kernels[] = {
        search_scalar,
#if defined(__x86_64__)
        search_avx2,
        search_avx512,
#endif
    };
    *n = int(sizeof kernels / sizeof kernels[0]);
    return kernels;
}

const search_kernel & active_search_kernel() {
    const char * problem = nullptr;
    const auto * set = active_kernels(&problem);
    if (set == nullptr) {
        fail_usage(problem);
    }
    int n = 0;
    const auto * kernels = all_search_kernels(&n);
    for (int i = n - 1; i > 0; --i) { // a set that adds to another one's instructions begins with its name
        if (std::strncmp(kernels[i].name, set->name, std::strlen(kernels[i].name)) == 0) {
            return kernels[i];
        }
    }
    return kernels[0];
}

namespace {

/// Steps of a coefficient that are tried, in units of the weight's root mean square with u scaled to one.
constexpr double steps[] = { 0.06, 0.08, 0.1, 0.125, 0.16, 0.2, 0.25, 0.32, 0.4, 0.5 };
constexpr int64_t n_steps = int64_t(sizeof steps / sizeof steps[0]);
constexpr double u_rms = 147.22; // of the odd numbers from −255 to 255
constexpr int64_t sampled = 16;  // blocks of a row and rows that the step is chosen on, at most

struct match {
    float gain = 0.0f;
    uint16_t candidate = 0;
    uint8_t coefficients = 0;
};

class block_search {
  public:
    block_search(const dense_weight & w, const std::vector<float> & units, const encode_options & o,
                 const progress & watch) :
        w_(w),
        units_(units), watch_(watch), kernel_(active_search_kernel()), inputs_(o.seed_block), n_seeds_(o.seed_search),
        key_(prng_row_key(o.seed, fnv1a64(w.name()), 0)) {
        if (w.importance()) {
            m_.assign(w.importance(), w.importance() + w.n_in());
        } else if (w.moments() && w.moments()->has_matrix()) {
            for (int64_t c = 0; c < w.n_in(); ++c) {
                m_.push_back(w.moments()->row(c)[c]);
            }
        }
    }

    int64_t n_blocks() const { return (w_.n_in() + inputs_ - 1) / inputs_; }
    int64_t width(int64_t block) const { return std::min(inputs_, w_.n_in() - block * inputs_); }

    /// out[inputs] = block `block` of row `row` of W / s0, divided by `scale`; zero beyond n_in.
    void target(int64_t block, int64_t row, float scale, float * out) const {
        const float * w = w_.row(row) + block * inputs_;
        for (int64_t c = 0; c < inputs_; ++c) {
            out[c] = c < width(block) ? w[c] / units_[size_t(row)] / scale : 0.0f;
        }
    }

    /// Largest weight of the block's inputs; 1 when all are zero, and they then count alike.
    float heaviest(int64_t block) const {
        float most = 0.0f;
        for (int64_t c = 0; c < width(block) && !m_.empty(); ++c) {
            most = std::max(most, m_[size_t(block * inputs_ + c)]);
        }
        return most > 0.0f ? most : 1.0f;
    }

    /// found[n] = the best candidate for each of targets[n][inputs]; gains are in units of `heaviest`.
    /// Candidates that explain nothing lose to coefficients of zero.
    void run(int64_t block, const std::vector<float> & targets, std::vector<match> & found) const {
        const int64_t n = int64_t(targets.size()) / inputs_;
        const int64_t padded = (n + search_targets - 1) / search_targets * search_targets;
        std::vector<float> m(static_cast<size_t>(inputs_), 0.0f), a(size_t(padded * inputs_), 0.0f);
        const float most = heaviest(block);
        bool any = false;
        for (int64_t c = 0; c < width(block) && !m_.empty(); ++c) {
            m[size_t(c)] = m_[size_t(block * inputs_ + c)] / most;
            any = any || m[size_t(c)] > 0.0f;
        }
        if (!any) {
            std::fill(m.begin(), m.begin() + width(block), 1.0f);
        }
        for (size_t i = 0; i < targets.size(); ++i) {
            a[i] = targets[i] * m[i % size_t(inputs_)];
        }

        std::vector<search_best> best(static_cast<size_t>(padded));
        std::memset(best.data(), 0, best.size() * sizeof best[0]);
        std::vector<float> u(size_t(2 * inputs_ * search_chunk)), g(6 * search_chunk);
        for (int64_t first = 0; first < n_seeds_; first += search_chunk) {
            watch_.add(0); // notices a cancellation
            const search_tables tables = make_tables(first, m, u, g);
            const int64_t seeds = std::min(search_chunk, n_seeds_ - first);
            kernel_.run(a.data(), padded, inputs_, tables, first,
                        (seeds + search_lanes - 1) / search_lanes * search_lanes, best.data());
        }
        found.resize(size_t(n));
        for (int64_t i = 0; i < n; ++i) {
            found[size_t(i)] = winner(best[size_t(i)]);
        }
    }

  private:
    /// Candidates beyond n_seeds get zeros for vectors: they explain nothing and never win.
    search_tables make_tables(int64_t first, const std::vector<float> & m, std::vector<float> & u,
                              std::vector<float> & g) const {
        const int64_t seeds = std::min(search_chunk, n_seeds_ - first);
        std::fill(u.begin(), u.end(), 0.0f);
        std::fill(g.begin(), g.end(), 0.0f);
        float * const g00 = g.data();
        float * const g01 = g00 + search_chunk;
        float * const g11 = g01 + search_chunk;
        for (int64_t c = 0; c < inputs_; ++c) {
            float * u0 = u.data() + 2 * c * search_chunk;
            float * u1 = u0 + search_chunk;
            for (int64_t s = 0; s < seeds; ++s) {
                const uint32_t word = prng_word(key_, uint32_t((first + s) * (inputs_ / 2) + c / 2));
                const uint32_t pair = word >> (c % 2 * 16);
                u0[s] = float(2 * int32_t(pair & 255) - 255);
                u1[s] = float(2 * int32_t(pair >> 8 & 255) - 255);
            }
            for (int64_t s = 0; s < seeds; ++s) {
                g00[s] += m[size_t(c)] * (u0[s] * u0[s]);
                g01[s] += m[size_t(c)] * (u0[s] * u1[s]);
                g11[s] += m[size_t(c)] * (u1[s] * u1[s]);
            }
        }
        float * const s00 = g11 + search_chunk;
        float * const s01 = s00 + search_chunk;
        float * const inverse = s01 + search_chunk;
        for (int64_t s = 0; s < seeds; ++s) {
            const float product = g00[s] * g11[s];
            const float det = product - g01[s] * g01[s];
            const bool apart = det > 1e-5f * product; // else the two vectors are one: the first is used alone
            s00[s] = apart ? g11[s] / det : 1.0f / g00[s];
            s01[s] = apart ? -g01[s] / det : 0.0f;
            inverse[s] = 1.0f / g11[s];
        }
        return { u.data(), g00, g01, g11, s00, s01, inverse };
    }

    static match winner(const search_best & best) {
        match m;
        for (int64_t i = 0; i < search_lanes; ++i) {
            const auto candidate = uint16_t(best.candidate[i]);
            if (best.gain[i] > m.gain || (best.gain[i] == m.gain && m.gain > 0.0f && candidate < m.candidate)) {
                const auto code = int32_t(best.code[i]);
                const auto q1 = ((code + 8) & 15) - 8;
                m.gain = best.gain[i];
                m.candidate = candidate;
                m.coefficients = uint8_t(((code - q1) / 16 & 15) | (q1 & 15) << 4);
            }
        }
        return m;
    }

    const dense_weight & w_;
    const std::vector<float> & units_;
    const progress & watch_;
    const search_kernel & kernel_;
    int64_t inputs_;
    int64_t n_seeds_;
    uint32_t key_;
    std::vector<float> m_; // per input; empty when all count alike
};

/// Evenly spread members of [0, n), at most `sampled`.
std::vector<int64_t> spread(int64_t n) {
    std::vector<int64_t> out;
    const int64_t count = std::min(n, sampled);
    for (int64_t i = 0; i < count; ++i) {
        out.push_back(i * n / count);
    }
    return out;
}

/// Root mean square of W / s0.
double unit_rms(const dense_weight & w, const std::vector<float> & units, int n_threads) {
    std::vector<double> rows(static_cast<size_t>(w.n_out()));
    parallel_rows(w.n_out(), n_threads, [&](int64_t, int64_t first, int64_t last) {
        for (int64_t r = first; r < last; ++r) {
            const double unit = units[size_t(r)];
            rows[size_t(r)] = sum_lanes(w.n_in(), [&](int64_t c) {
                const double v = double(w.row(r)[c]) / unit;
                return v * v;
            });
        }
    });
    double sum = 0.0;
    for (double r : rows) {
        sum += r;
    }
    return std::sqrt(sum / (double(w.n_out()) * double(w.n_in())));
}

/// The step that explains most of a sample of blocks; 0 for a weight of zeros.
float choose_scale(const block_search & search, const dense_weight & w, double rms, int64_t inputs, int n_threads) {
    float scales[n_steps];
    for (int64_t i = 0; i < n_steps; ++i) {
        scales[i] = float(steps[i] * rms / u_rms);
        if (!(scales[i] > 0.0f) || !std::isfinite(scales[i])) {
            return 0.0f;
        }
    }
    const std::vector<int64_t> blocks = spread(search.n_blocks()), rows = spread(w.n_out());
    std::vector<std::vector<double>> explained(blocks.size(), std::vector<double>(size_t(n_steps), 0.0));
    parallel_for(int64_t(blocks.size()), n_threads, [&](int64_t item) {
        const int64_t block = blocks[size_t(item)];
        std::vector<float> targets(rows.size() * size_t(n_steps * inputs));
        for (size_t i = 0; i < rows.size() * size_t(n_steps); ++i) {
            search.target(block, rows[i / size_t(n_steps)], scales[i % size_t(n_steps)],
                          targets.data() + i * size_t(inputs));
        }
        std::vector<match> found;
        search.run(block, targets, found);
        for (size_t i = 0; i < found.size(); ++i) {
            const double scale = scales[i % size_t(n_steps)];
            explained[size_t(item)][i % size_t(n_steps)] +=
                double(found[i].gain) * (scale * scale) * double(search.heaviest(block));
        }
    });
    int64_t best = 0;
    double most = -1.0;
    for (int64_t i = 0; i < n_steps; ++i) {
        double sum = 0.0;
        for (const auto & block : explained) {
            sum += block[size_t(i)];
        }
        if (sum > most) {
            most = sum;
            best = i;
        }
    }
    return scales[best];
}

} // namespace

void seed_search_layout(const weight_shape & shape, const encode_options & o, std::vector<tensor_layout> & out) {
    const int64_t n_blocks = (shape.n_in + o.seed_block - 1) / o.seed_block;
    out.push_back({ "base_seed", elem::i16, { n_blocks, shape.n_out, 1 } });
    out.push_back({ "base_theta", elem::i8, { n_blocks, shape.n_out, 1 } });
}

void seed_search_fit(const dense_weight & w, const encode_options & o, const progress & watch, fitted_base & out) {
    const block_search search(w, out.units, o, watch);
    const int64_t inputs = o.seed_block;
    const int64_t n_blocks = search.n_blocks();
    const float scale = choose_scale(search, w, unit_rms(w, out.units, o.n_threads), inputs, o.n_threads);

    std::vector<uint16_t> candidates(size_t(n_blocks * w.n_out()));
    std::vector<uint8_t> coefficients(candidates.size());
    parallel_for(n_blocks, o.n_threads, [&](int64_t block) {
        if (scale > 0.0f) {
            std::vector<float> targets(size_t(w.n_out() * inputs));
            std::vector<match> found;
            for (int64_t r = 0; r < w.n_out(); ++r) {
                search.target(block, r, scale, targets.data() + r * inputs);
            }
            search.run(block, targets, found);
            for (int64_t r = 0; r < w.n_out(); ++r) {
                candidates[size_t(r * n_blocks + block)] = found[size_t(r)].candidate;
                coefficients[size_t(r * n_blocks + block)] = found[size_t(r)].coefficients;
            }
        }
        watch.add(w.n_out() * search.width(block));
    });

    out.params["base.seed"] = o.seed;
    out.params["base.scale"] = double(scale);
    out.params["base.seed_search"] = uint64_t(o.seed_search);
    out.params["base.seed_block"] = uint64_t(inputs);
    const auto * bytes = reinterpret_cast<const uint8_t *>(candidates.data());
    out.data.emplace_back(bytes, bytes + candidates.size() * sizeof(uint16_t));
    out.data.push_back(std::move(coefficients));

    auto base = std::make_unique<prng_block_term>();
    base->seed = o.seed;
    base->tensor_hash = fnv1a64(w.name());
    base->scale = scale;
    base->n_in = w.n_in();
    base->searched = inputs;
    base->n_blocks = n_blocks;
    base->word_key = prng_row_key(o.seed, base->tensor_hash, 0);
    base->candidate = reinterpret_cast<const uint16_t *>(out.data[0].data());
    base->coefficients = out.data[1].data();
    out.stats = captured_share(w, out.units, *base, o.n_threads);
    out.decoded = std::move(base);
}

} // namespace seeddelta
