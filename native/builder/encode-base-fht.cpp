#include "../codec/f16.h"
#include "../codec/fht.h"
#include "encoder.h"
#include "failure.h"
#include "metrics.h"
#include "sums.h"
#include "threads.h"

#include <cmath>
#include <cstring>

namespace seeddelta {

namespace {

constexpr int     cg_steps = 12;
constexpr double  cg_tolerance = 1e-10; // of the squared residual
constexpr int64_t samples_per_item = 32;

struct dimensions {
    int64_t length, stacks;
};

dimensions dimensions_of(const weight_shape & shape, const encode_options & o) {
    int64_t length = 1;
    while (length < shape.n_in) {
        length *= 2;
    }
    if (o.base_length != 0) {
        if (o.base_length < length || o.base_length > fht_term::max_length || (o.base_length & (o.base_length - 1)) != 0) {
            fail_usage("a base length of " + std::to_string(o.base_length) + " does not fit rows of " +
                       std::to_string(shape.n_in) + " inputs; choose a power of two from " + std::to_string(length) +
                       " to " + std::to_string(fht_term::max_length));
        }
        length = o.base_length;
    }
    if (length > fht_term::max_length) {
        fail_usage("rows of " + std::to_string(shape.n_in) + " inputs are too long for base fht_struct");
    }
    const int64_t needed = (shape.n_out + length - 1) / length;
    return { length, std::min(std::max(needed, o.base_stacks), shape.n_out) };
}

/// θ of one stack's last factor: least squares of the sampled inputs' columns of W / s0, weighted by importance.
/// With g_c = what the factors before the last H do to input c, column c of the stack is (1/L) H (θ ∘ g_c), cut to the
/// stack's rows.
class stack_fit {
  public:
    stack_fit(const dense_weight & w, const std::vector<float> & units, const fht_term & base, int64_t stack,
              const std::vector<int64_t> & inputs, int n_threads)
        : w_(w), units_(units), base_(base), inputs_(inputs), n_threads_(n_threads), length_(base.length),
          first_(stack * base.stack_rows), rows_(std::clamp<int64_t>(w.n_out() - first_, 0, base.stack_rows)),
          g_(inputs.size() * size_t(length_)) {
        parallel_for(int64_t(inputs.size()), n_threads, [&](int64_t s) { make_column(stack, s); });
    }

    /// theta[L]; returns how much of the squared norm it explains.
    double solve(std::vector<double> & theta) {
        const size_t        n = static_cast<size_t>(length_);
        std::vector<double> b, q, p;
        apply(nullptr, b);
        const std::vector<double> right = b;
        const auto dot = [&](const std::vector<double> & x, const std::vector<double> & y) {
            return sum_lanes(length_, [&](int64_t k) { return x[size_t(k)] * y[size_t(k)]; });
        };
        theta.assign(n, 0.0);
        p = b;
        double       rest = dot(b, b);
        const double enough = rest * cg_tolerance;
        for (int step = 0; step < cg_steps && rest > enough; ++step) {
            apply(&p, q);
            const double curve = dot(p, q);
            if (!(curve > 0.0)) {
                break;
            }
            const double alpha = rest / curve;
            for (size_t k = 0; k < n; ++k) {
                theta[k] += alpha * p[k];
                b[k] -= alpha * q[k];
            }
            const double next = dot(b, b);
            const double beta = next / rest;
            rest = next;
            for (size_t k = 0; k < n; ++k) {
                p[k] = b[k] + beta * p[k];
            }
        }
        return dot(theta, right);
    }

  private:
    void make_column(int64_t stack, int64_t s) {
        float *            g = g_.data() + s * length_;
        std::vector<float> u(static_cast<size_t>(length_));
        std::fill(g, g + length_, 0.0f);
        g[inputs_[size_t(s)]] = 1.0f;
        for (int64_t f = 0; f < base_.depth; ++f) {
            const uint32_t * route = base_.route_of(stack, f);
            const float *    gain = base_.gain_of(stack, f);
            for (int64_t c = 0; c < length_; ++c) {
                u[route[c] & ~fht_term::negative] = route[c] & fht_term::negative ? -g[c] : g[c];
            }
            hadamard(u.data(), length_);
            if (f + 1 < base_.depth) {
                for (int64_t k = 0; k < length_; ++k) {
                    u[size_t(k)] *= gain[k];
                }
                hadamard(u.data(), length_);
            }
            std::memcpy(g, u.data(), size_t(length_) * sizeof(float));
        }
    }

    /// out = the normal matrix times theta, or, without theta, the right-hand side.
    void apply(const std::vector<double> * theta, std::vector<double> & out) const {
        const int64_t n_samples = int64_t(inputs_.size());
        const int64_t n_items = (n_samples + samples_per_item - 1) / samples_per_item;
        const float   inverse = 1.0f / float(length_);
        std::vector<std::vector<double>> parts(static_cast<size_t>(n_items)); // added up in order below
        parallel_for(n_items, n_threads_, [&](int64_t item) {
            auto &             sum = parts[size_t(item)];
            std::vector<float> v(static_cast<size_t>(length_));
            sum.assign(size_t(length_), 0.0);
            for (int64_t s = item * samples_per_item; s < std::min(n_samples, (item + 1) * samples_per_item); ++s) {
                const float * g = g_.data() + s * length_;
                const int64_t c = inputs_[size_t(s)];
                const double  m = w_.importance() ? double(w_.importance()[c]) : 1.0;
                if (theta) {
                    for (int64_t k = 0; k < length_; ++k) {
                        v[size_t(k)] = float((*theta)[size_t(k)]) * g[k] * inverse;
                    }
                    hadamard(v.data(), length_);
                } else {
                    for (int64_t i = 0; i < rows_; ++i) {
                        v[size_t(i)] = w_.row(first_ + i)[c] / units_[size_t(first_ + i)];
                    }
                }
                std::fill(v.begin() + rows_, v.end(), 0.0f);
                hadamard(v.data(), length_);
                for (int64_t k = 0; k < length_; ++k) {
                    sum[size_t(k)] += m * double(v[size_t(k)] * g[k] * inverse);
                }
            }
        });
        out.assign(size_t(length_), 0.0);
        for (const auto & part : parts) {
            for (int64_t k = 0; k < length_; ++k) {
                out[size_t(k)] += part[size_t(k)];
            }
        }
    }

    const dense_weight &         w_;
    const std::vector<float> &   units_;
    const fht_term &             base_;
    const std::vector<int64_t> & inputs_;
    int                          n_threads_;
    int64_t                      length_, first_, rows_;
    std::vector<float>           g_; // [samples][L]
};

} // namespace

static void layout(const weight_shape & shape, const encode_options & o, std::vector<tensor_layout> & out) {
    const dimensions d = dimensions_of(shape, o);
    out.push_back({ "base_theta", elem::f16, { d.length, d.stacks, 1 } });
}

/// Trial t has seed + t · golden; the one whose θ explain most on the sampled inputs wins, the first on a tie.
static void fit(const dense_weight & w, const encode_options & o, const progress & watch, fitted_base & out) {
    constexpr uint64_t        golden = 0x9e3779b97f4a7c15ull;
    const dimensions          d = dimensions_of({ w.n_out(), w.n_in() }, o);
    const uint64_t            hash = fnv1a64(w.name());
    const auto                inputs = sample_rows(w.n_in(), o.base_samples, o.seed);
    std::vector<double>       theta, best;
    double                    best_explained = -1.0;
    uint64_t                  best_seed = o.seed;
    for (int64_t trial = 0; trial < o.base_perm_trials; ++trial) {
        const uint64_t      seed = o.seed + uint64_t(trial) * golden;
        const fht_term      base(seed, hash, w.n_out(), w.n_in(), d.length, d.stacks, o.base_depth);
        std::vector<double> all;
        double              explained = 0.0;
        for (int64_t b = 0; b < d.stacks; ++b) {
            watch.add(0); // notices a cancellation
            explained += stack_fit(w, out.units, base, b, inputs, o.n_threads).solve(theta);
            all.insert(all.end(), theta.begin(), theta.end());
        }
        if (explained > best_explained) {
            best_explained = explained;
            best_seed = seed;
            best = std::move(all);
        }
    }

    double largest = 0.0;
    for (double t : best) {
        largest = std::max(largest, std::fabs(t));
    }
    const float           scale = std::isfinite(largest) ? float(largest) : 0.0f;
    std::vector<uint16_t> stored(best.size());
    for (size_t i = 0; i < best.size() && scale > 0.0f; ++i) {
        stored[i] = f32_to_f16(float(best[i] / double(scale)));
    }
    auto base = std::make_unique<fht_term>(best_seed, hash, w.n_out(), w.n_in(), d.length, d.stacks, o.base_depth);
    base->set_theta(stored.data(), scale);
    out.params["base.seed"] = best_seed;
    out.params["base.scale"] = double(scale);
    out.params["base.depth"] = uint64_t(o.base_depth);
    const auto * bytes = reinterpret_cast<const uint8_t *>(stored.data());
    out.data.emplace_back(bytes, bytes + stored.size() * sizeof(uint16_t));
    out.stats = captured_share(w, out.units, *base, o.n_threads);
    out.decoded = std::move(base);
    watch.add(w.n_out() * w.n_in());
}

/// Two transforms of L log2 L additions and L products per factor and stack, shared by all rows.
static double ops_per_row(const payload & p) {
    const tensor_view & theta = *p.find("base_theta");
    double              per_factor = double(theta.ne[0]);
    for (int64_t l = theta.ne[0]; l > 1; l /= 2) {
        per_factor += 2.0 * double(theta.ne[0]);
    }
    const bool zero = p.param_f64("base.scale") == 0.0;
    return zero ? 0.0 : double(theta.ne[1]) * double(p.param_u64("base.depth", 1, 64)) * per_factor / double(p.n_out);
}

extern const base_encoder encode_fht_struct;
const base_encoder        encode_fht_struct = { layout, fit, ops_per_row };

} // namespace seeddelta
