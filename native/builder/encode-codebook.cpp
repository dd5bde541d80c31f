#include "../codec/f16.h"
#include "dictionary.h"
#include "encode-values.h"
#include "encoder.h"
#include "exact-math.h"
#include "failure.h"
#include "refit.h"
#include "sums.h"
#include "threads.h"

#include <algorithm>
#include <cmath>

namespace seeddelta {

static void layout(const weight_shape & shape, const encode_options & o, std::vector<tensor_layout> & out,
                   std::map<std::string, param_value> & params) {
    if (o.atoms < 1 || o.atoms > 65536) {
        fail_usage("a dictionary of " + std::to_string(o.atoms) + " atoms is not supported; choose 1 to 65536");
    }
    if (o.k < 1 || o.k > o.atoms) {
        fail_usage("K = " + std::to_string(o.k) + " does not fit a dictionary of " + std::to_string(o.atoms) +
                   " atoms; choose 1 to " + std::to_string(o.atoms));
    }
    params["K"] = uint64_t(o.k);
    params["atoms"] = uint64_t(o.atoms);
    out.push_back({ "r_dict", elem::f16, { shape.n_in, o.atoms, 1 } });
    out.push_back({ "r_codes", elem::i16, { o.k, shape.n_out, 1 } });
    out.push_back({ "r_vals", elem::f16, { o.k, shape.n_out, 1 } });
}

namespace {

/// √m per input, the largest being 1; all 1 without importance.
std::vector<float> metric(const dense_weight & w) {
    std::vector<float> root(static_cast<size_t>(w.n_in()), 1.0f);
    if (const float * m = w.importance()) {
        const double most = *std::max_element(m, m + w.n_in());
        for (int64_t c = 0; c < w.n_in(); ++c) {
            root[size_t(c)] = float(std::sqrt(double(m[c]) / most));
        }
    }
    return root;
}

/// What the refit of a row's values against second moments needs of the stored dictionary D.
class code_refit {
  public:
    code_refit(const second_moments & h, const std::vector<float> & stored, int64_t n_atoms, int n_threads) :
        h_(h), n_(h.n()), atoms_(n_atoms), h_atoms_(stored.size()), between_(size_t(n_atoms * n_atoms)) {
        parallel_for(n_atoms, n_threads, [&](int64_t a) {
            std::vector<double> u(static_cast<size_t>(n_));
            h.times(stored.data() + a * n_, u.data());
            for (int64_t c = 0; c < n_; ++c) {
                h_atoms_[size_t(a * n_ + c)] = float(u[size_t(c)]);
            }
            for (int64_t b = 0; b < n_atoms; ++b) {
                const float * other = stored.data() + b * n_;
                between_[size_t(a * n_atoms + b)] =
                    sum_lanes(n_, [&](int64_t c) { return u[size_t(c)] * double(other[c]); });
            }
        });
    }

    /// values[k] += d, which minimises (r − D v)ᵀ H (r − D v) + λ Σ (DᵀHD)_jj d_j². One `system` per thread.
    void row(const float * r, const uint32_t * codes, int64_t k, float * values, damped_system & system) const {
        system.resize(k);
        for (int64_t i = 0; i < k; ++i) {
            const float * u = h_atoms_.data() + int64_t(codes[i]) * n_;
            double right = sum_lanes(n_, [&](int64_t c) { return double(u[c]) * double(r[c]); });
            for (int64_t j = 0; j < k; ++j) {
                right -= between_[size_t(codes[i] * atoms_ + codes[j])] * double(values[j]);
            }
            system.set(i, between_[size_t(codes[i] * atoms_ + codes[i])], right);
        }
        for (int64_t i = 0; i < k; ++i) {
            for (int64_t j = 0; j < k; ++j) {
                system.entry(i, j, between_[size_t(codes[i] * atoms_ + codes[j])]);
            }
        }
        system.solve(damped_system::damping(h_));
        for (int64_t j = 0; j < k; ++j) {
            const double v = double(values[j]) + system.d(j);
            values[j] = std::isfinite(v) ? float(v) : values[j];
        }
    }

  private:
    const second_moments & h_;
    int64_t n_, atoms_;
    std::vector<float> h_atoms_;  // H d of every atom
    std::vector<double> between_; // DᵀHD
};

} // namespace

static void encode_rows(const residual_job & job, stored_payload & out) {
    const int64_t n = job.w.n_in();
    const int64_t n_out = job.w.n_out();
    const int64_t k = job.options.k;
    const int64_t n_atoms = job.options.atoms;
    const int n_threads = job.options.n_threads;
    const std::vector<float> root = metric(job.w);

    std::vector<float> data(size_t(n_out * n));
    parallel_rows(n_out, n_threads, [&](int64_t, int64_t first, int64_t last) {
        for (int64_t r = first; r < last; ++r) {
            job.row(r, data.data() + r * n);
            for (int64_t c = 0; c < n; ++c) {
                data[size_t(r * n + c)] *= root[size_t(c)];
            }
        }
    });
    dictionary d(data, n_out, n, n_atoms, n_threads, [&](int64_t a, float * atom) {
        const gaussian_stream random(job.options.seed, job.w.name() + ".r_dict", a);
        for (int64_t c = 0; c < n; ++c) {
            atom[c] = float(random.at(uint32_t(c))) * root[size_t(c)];
        }
    });
    const int64_t total = n_out * n;
    for (int round = 0; round < dictionary::rounds; ++round) {
        d.code(k, job.watch);
        d.update(job.watch);
        job.watch.add(total * (round + 1) / (dictionary::rounds + 1) - total * round / (dictionary::rounds + 1));
    }

    // Stored atoms: out of the metric again, the largest entry 1. Rows are coded with what a reader will see.
    uint16_t * const dict = out.data<uint16_t>("r_dict");
    std::vector<float> stored(size_t(n_atoms * n), 0.0f), length(static_cast<size_t>(n_atoms), 0.0f);
    parallel_for(n_atoms, n_threads, [&](int64_t a) {
        float * atom = d.atom(a);
        float * plain = stored.data() + a * n;
        float largest = 0.0f;
        for (int64_t c = 0; c < n; ++c) {
            plain[c] = root[size_t(c)] > 0.0f ? atom[c] / root[size_t(c)] : 0.0f;
            largest = std::max(largest, std::fabs(plain[c]));
        }
        for (int64_t c = 0; c < n; ++c) {
            const float v = plain[c] / largest;
            dict[a * n + c] = std::isfinite(v) ? f32_to_f16(v) : uint16_t(0);
            plain[c] = f16_to_f32(dict[a * n + c]);
            atom[c] = plain[c] * root[size_t(c)];
        }
        length[size_t(a)] =
            float(std::sqrt(sum_lanes(n, [&](int64_t c) { return double(atom[c]) * double(atom[c]); })));
        d.normalise(a);
    });
    d.code(k, job.watch);

    std::unique_ptr<const code_refit> refit;
    if (job.refit_moments() && job.refit_moments()->has_matrix()) {
        refit = std::make_unique<code_refit>(*job.refit_moments(), stored, n_atoms, n_threads);
    }
    uint16_t * const codes = out.data<uint16_t>("r_codes");
    uint16_t * const vals = out.data<uint16_t>("r_vals");
    parallel_rows(n_out, n_threads, [&](int64_t, int64_t first, int64_t last) {
        std::vector<float> r(static_cast<size_t>(n)), values(static_cast<size_t>(k));
        damped_system system;
        for (int64_t row = first; row < last; ++row) {
            const uint32_t * code = d.codes().data() + row * k;
            for (int64_t j = 0; j < k; ++j) {
                const float v = d.coefficients()[size_t(row * k + j)];
                codes[row * k + j] = uint16_t(code[j]);
                values[size_t(j)] = v == 0.0f ? 0.0f : v / length[code[j]];
            }
            if (refit) {
                job.row(row, r.data());
                refit->row(r.data(), code, k, values.data(), system);
            }
            store_f16(job.w, row, values.data(), k, vals + row * k);
        }
    });
    job.watch.add(total - total * dictionary::rounds / (dictionary::rounds + 1));
}

/// The product with the dictionary is shared by all rows.
static double ops_per_row(const payload & p) {
    const auto atoms = double(p.param_u64("atoms", 1, UINT64_MAX));
    return double(p.param_u64("K", 1, UINT64_MAX)) + atoms * double(p.n_in) / double(p.n_out);
}

extern const residual_encoder encode_codebook;
const residual_encoder encode_codebook = { layout, encode_rows, ops_per_row };

} // namespace seeddelta
