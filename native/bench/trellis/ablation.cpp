// What each part of the trellis encoder is worth: every weight of one kind is encoded with one part changed at a time,
// and a model that has the decoded weights as F16 is written for each, to be held against the source by `seeddelta
// eval`.
//
// Usage: seeddelta-bench-trellis MODEL IMATRIX MOMENTS KIND BITS FOLDER [THREADS]    KIND: ffn_gate, ffn_up or ffn_down
// One line a variant: the median over layers of err_h, the error that the encoder minimises, on the calibration text.
// A variant whose file is in FOLDER already is not made again.

#include "bench/calibrated-weight.h"
#include "builder/encoder.h"
#include "builder/failure.h"
#include "builder/metrics.h"
#include "builder/refit.h"
#include "builder/threads.h"
#include "builder/trellis-fit.h"
#include "codec/f16.h"

#include <ggml.h>
#include <gguf.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>

using namespace seeddelta;

namespace {

const progress silent(nullptr);

struct recipe {
    trellis_rate rate;
    trellis_settings settings;
    bool fit_scale = true;    // row scales by least squares
    bool scale_by_h = true;   // under second moments, else under importance
    double scale_times = 1.0; // what is done to them afterwards
};

struct variant {
    const char * name;
    std::function<void(recipe &)> change;
};

void set_family(recipe & r, trellis_family family) {
    const float bits = r.rate.bits;
    r.rate = { bits, family, int(bits * float(trellis_weights(family))), family == trellis_family::n4 ? 2.3f : 3.2f };
}

const variant variants[] = {
    { "as-it-is", [](recipe &) {} },
    { "other-seed", [](recipe & r) { r.settings.seed = 2; } },
    { "no-rotation", [](recipe & r) { r.settings.rotation_most = 1; } },
    { "rotation-16", [](recipe & r) { r.settings.rotation_most = 16; } },
    { "no-feedback", [](recipe & r) { r.settings.feedback = false; } },
    { "no-moments", [](recipe & r) { r.settings.feedback = r.scale_by_h = false; } },
    { "no-scale-fit", [](recipe & r) { r.fit_scale = false; } },
    { "scale-1.05", [](recipe & r) { r.scale_times = 1.05; } },
    { "rows-64", [](recipe & r) { r.settings.rows = 64; } },
    { "rows-128", [](recipe & r) { r.settings.rows = 128; } },
    { "rows-all", [](recipe & r) { r.settings.rows = 1 << 20; } },
    { "damping-.001", [](recipe & r) { r.settings.damping = 0.001; } },
    { "damping-.1", [](recipe & r) { r.settings.damping = 0.1; } },
    { "one-sweep", [](recipe & r) { r.settings.sweeps = 1; } },
    { "spread-.9", [](recipe & r) { r.rate.spread *= 0.9f; } },
    { "spread-1.1", [](recipe & r) { r.rate.spread *= 1.1f; } },
    { "family-n4", [](recipe & r) { set_family(r, trellis_family::n4); } },
    { "family-n2", [](recipe & r) { set_family(r, trellis_family::n2); } },
};

/// A GGUF in memory, some of whose tensors get other data.
class copied_model {
  public:
    explicit copied_model(const char * path) : gguf_(gguf_init_empty(), gguf_free) {
        ggml_context * context = nullptr;
        const std::unique_ptr<gguf_context, decltype(&gguf_free)> source(gguf_init_from_file(path, { false, &context }),
                                                                         gguf_free);
        context_.reset(context);
        if (!source || !context_) {
            fail_input(std::string(path) + ": not a GGUF model");
        }
        gguf_set_kv(gguf_.get(), source.get());
        for (int64_t i = 0; i < gguf_get_n_tensors(source.get()); ++i) {
            gguf_add_tensor(gguf_.get(), ggml_get_tensor(context, gguf_get_tensor_name(source.get(), i)));
        }
    }

    void replace(const std::string & name, const std::vector<uint16_t> & f16) {
        gguf_set_tensor_type(gguf_.get(), name.c_str(), GGML_TYPE_F16);
        gguf_set_tensor_data(gguf_.get(), name.c_str(), f16.data());
    }

    void write(const std::string & path) const {
        const std::string part = path + ".part";
        if (!gguf_write_to_file(gguf_.get(), part.c_str(), false) || std::rename(part.c_str(), path.c_str()) != 0) {
            fail_input(path + " cannot be written");
        }
    }

  private:
    std::unique_ptr<ggml_context, decltype(&ggml_free)> context_{ nullptr, ggml_free };
    std::unique_ptr<gguf_context, decltype(&gguf_free)> gguf_{ nullptr, gguf_free };
};

/// Ŵ as the recipe makes it, and its err_h.
double encoded(const dense_weight & w, const recipe & r, std::vector<uint16_t> & f16) {
    encode_options options;
    options.n_threads = r.settings.n_threads;
    const auto units = row_units(w, options);
    const auto fit = fit_trellis(w, units, w.moments(), r.rate, r.settings, silent);
    trellis_term term;
    term.layout = fit.layout;
    term.family = r.rate.family;
    term.scale = fit.scale;
    term.rotation = input_rotation(fit.rotation.seed, w.n_in(), fit.rotation.block);
    term.words = fit.words.data();

    const int64_t n = w.n_in();
    f16.resize(size_t(w.n_out() * n));
    const double damping = damped_system::damping(*w.moments());
    parallel_rows(w.n_out(), r.settings.n_threads, [&](int64_t, int64_t first, int64_t last) {
        std::vector<float> hat(static_cast<size_t>(n));
        std::vector<double> scratch;
        for (int64_t row = first; row < last; ++row) {
            std::fill(hat.begin(), hat.end(), 0.0f);
            term.add_row(row, hat.data());
            double scale = double(units[size_t(row)]);
            if (r.fit_scale && r.scale_by_h) {
                scale = best_scale(w.row(row), hat.data(), *w.moments(), damping, scratch);
            } else if (r.fit_scale) {
                scale = best_scale(w.row(row), hat.data(), w.importance(), n);
            }
            for (int64_t c = 0; c < n; ++c) {
                f16[size_t(row * n + c)] = f32_to_f16(float(scale * r.scale_times) * hat[size_t(c)]);
            }
        }
    });
    const auto decoded = [&](int64_t row, float * hat) {
        for (int64_t c = 0; c < n; ++c) {
            hat[c] = f16_to_f32(f16[size_t(row * n + c)]);
        }
    };
    return moments_error(w, decoded, sample_rows(w.n_out(), 0, 1), r.settings.n_threads);
}

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return 0.5 * (v[v.size() / 2] + v[(v.size() - 1) / 2]);
}

void run(const char * path, const imatrix_file & imatrix, const moments_file & moments, const std::string & kind,
         float bits, const std::string & folder, int n_threads) {
    const model source(path);
    const trellis_rate * rate = find_trellis_rate(bits);
    if (rate == nullptr) {
        fail_usage("no such rate; known: " + known_trellis_rates());
    }
    for (const variant & v : variants) {
        const std::string file = folder + "/" + v.name + ".gguf";
        struct stat found {};
        if (::stat(file.c_str(), &found) == 0) {
            std::printf("%-14s is there\n", v.name);
            continue;
        }
        recipe r{ *rate, {} };
        r.settings.seed = 1;
        r.settings.n_threads = n_threads;
        v.change(r);
        if (!is_trellis_rate(r.rate.family, r.rate.step)) {
            std::printf("%-14s has no such rate\n", v.name);
            continue;
        }
        copied_model out(path);
        std::vector<std::vector<uint16_t>> data;
        std::vector<std::string> names;
        std::vector<double> errors;
        for (int layer = 0;; ++layer) {
            const std::string name = "blk." + std::to_string(layer) + "." + kind + ".weight";
            const auto w = calibrated_weight(source, imatrix, moments, name, n_threads);
            if (!w) {
                break;
            }
            names.push_back(name);
            data.emplace_back();
            errors.push_back(encoded(*w, r, data.back()));
        }
        if (names.empty()) {
            fail_input("imatrix or moments have no " + kind);
        }
        for (size_t i = 0; i < names.size(); ++i) {
            out.replace(names[i], data[i]);
        }
        out.write(file);
        std::printf("%-14s err_h %.4f\n", v.name, median(errors));
        std::fflush(stdout);
    }
}

} // namespace

int main(int argc, char ** argv) {
    if (argc < 7 || argc > 8) {
        std::fprintf(stderr, "usage: %s MODEL IMATRIX MOMENTS KIND BITS FOLDER [THREADS]\n", argv[0]);
        return 2;
    }
    try {
        run(argv[1], imatrix_file(argv[2]), moments_file(argv[3]), argv[4], std::strtof(argv[5], nullptr), argv[6],
            argc > 7 ? std::atoi(argv[7]) : 1);
    } catch (const std::exception & e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 3;
    }
    return 0;
}
