// How fast weights become payloads, on synthetic Gaussian weights: weights per second and core for each representation,
// each also relative to the first one of the same run, and how the time grows with the size of the weight.
//
// Usage: seeddelta-bench-encode [N_OUT N_IN [THREADS]]    default 4096 14336 1; sizes 1/16, 1/4 and 1 of it are encoded

#include "builder/encoder.h"
#include "builder/exact-math.h"
#include "builder/failure.h"
#include "builder/metrics.h"
#include "builder/threads.h"

#include <ctime>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace seeddelta;

namespace {

const progress silent(nullptr);

/// Seconds of wall clock and of all threads together.
struct timing {
    double wall = 0, cpu = 0;
};

template <typename F>
timing measure_time(F && body) {
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const auto cpu = [] {
        timespec t{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
    };
    const auto start = now();
    const double start_cpu = cpu();
    body();
    return { std::chrono::duration<double>(now() - start).count(), cpu() - start_cpu };
}

dense_weight gaussian(int64_t n_out, int64_t n_in, int n_threads) {
    std::vector<float> values(size_t(n_out * n_in));
    parallel_for(n_out, n_threads, [&](int64_t r) {
        const gaussian_stream g(1, "bench", r);
        for (int64_t c = 0; c < n_in; ++c) {
            values[size_t(r * n_in + c)] = float(0.02 * g.at(uint32_t(c)));
        }
    });
    dense_weight w("blk.0.ffn_down", n_out, n_in, std::move(values));
    std::vector<float> importance(static_cast<size_t>(n_in));
    const gaussian_stream g(2, "bench importance", 0);
    for (int64_t c = 0; c < n_in; ++c) {
        importance[size_t(c)] = float(exact_exp(g.at(uint32_t(c))));
    }
    w.set_importance(importance.data(), n_in, 1.0f, 0.0f);
    return w;
}

/// Second moments of inputs that fall off in correlation with their distance: H_ij = √(d_i d_j) · 0.9^|i − j|.
std::shared_ptr<const second_moments> correlated(const dense_weight & w) {
    const int64_t n = w.n_in();
    std::vector<float> packed;
    packed.reserve(size_t(n * (n + 1) / 2));
    for (int64_t i = 0; i < n; ++i) {
        double rho = 1.0;
        for (int64_t j = i; j < n; ++j, rho *= 0.9) {
            packed.push_back(float(std::sqrt(double(w.importance()[i]) * w.importance()[j]) * rho));
        }
    }
    return std::make_shared<const second_moments>(n, packed.data(), 4 * n, nullptr, 0);
}

struct representation {
    const char * name;
    const char * base;
    const char * scheme;
    int keep_one_of; // weights
    int block;
    sd_value_type values;
    int samples; // of fht_struct
    float bits;  // of trellis; it gets second moments
};

constexpr representation all[] = {
    { "block 32 i8", "none", "block", 8, 32, SD_VALUE_I8, 0, 0 },
    { "block 32 f16", "none", "block", 8, 32, SD_VALUE_F16, 0, 0 },
    { "coo f16", "none", "coo", 16, 0, SD_VALUE_F16, 0, 0 },
    { "coo i8", "none", "coo", 16, 0, SD_VALUE_I8, 0, 0 },
    { "prng_block + block 32 i8", "prng_block", "block", 8, 32, SD_VALUE_I8, 0, 0 },
    { "fht_struct (256 samples) + block 32 i8", "fht_struct", "block", 8, 32, SD_VALUE_I8, 256, 0 },
    { "trellis 2 bits", "trellis", "none", 0, 0, SD_VALUE_F16, 0, 2 },
};

sd_encode_params params_of(const representation & r, int64_t n_in, int n_threads) {
    sd_encode_params p{};
    std::strcpy(p.base, r.base);
    std::strcpy(p.scheme, r.scheme);
    p.seed = 1;
    p.k = r.keep_one_of > 0 ? int32_t(n_in / r.keep_one_of) : 0;
    p.block = r.block;
    p.value_type = r.values;
    p.row_scale = SD_ROW_SCALE_F16;
    p.n_threads = n_threads;
    p.base_samples = r.samples;
    p.bits = r.bits;
    return p;
}

void run(int64_t n_out, int64_t n_in, int n_threads) {
    dense_weight w = gaussian(n_out, n_in, n_threads);
    const double weights = double(n_out) * double(n_in);
    std::printf("%lld x %lld, %d threads\n", static_cast<long long>(n_out), static_cast<long long>(n_in), n_threads);
    std::printf("%-40s %9s %9s %9s %9s %13s %6s\n", "representation", "bpw", "fit s", "encode s", "wall s",
                "Mweights/s/core", "ratio");
    double first = 0;
    for (const auto & r : all) {
        const auto options = encode_options::from(params_of(r, n_in, n_threads));
        std::unique_ptr<const fitted_base> base;
        std::shared_ptr<const stored_payload> payload;
        if (r.bits > 0 && !w.moments()) {
            w.set_moments(correlated(w)); // the last rows: everything that follows would use it
        }
        const timing fit = measure_time([&] { base = fit_base(w, options, silent); });
        const timing enc = measure_time([&] { payload = encode(w, *base, options, silent); });
        const double seconds = fit.cpu + enc.cpu;
        first = first == 0 ? seconds : first;
        std::printf("%-40s %9.3f %9.3f %9.3f %9.3f %13.2f %6.2f\n", r.name,
                    8.0 * double(payload->view.size_bytes()) / weights, fit.cpu, enc.cpu, fit.wall + enc.wall,
                    weights / seconds * 1e-6, seconds / first);
        std::fflush(stdout);
    }
    w.set_moments(nullptr);

    sd_measure_params m{};
    m.eval_rows = 64;
    m.eval_x = 64;
    m.n_threads = n_threads;
    const auto p = encode_options::from(params_of(all[0], n_in, n_threads));
    const auto payload = encode(w, *fit_base(w, p, silent), p, silent);
    const timing t = measure_time([&] { measure(w, *payload, m, silent); });
    std::printf("%-40s %9s %9s %9.3f %9.3f %13.2f %6.2f\n\n", "measuring the first (64 rows, 2 x 64 inputs)", "", "",
                t.cpu, t.wall, weights / t.cpu * 1e-6, t.cpu / first);
}

} // namespace

int main(int argc, char ** argv) {
    const int64_t n_out = argc > 2 ? std::atoll(argv[1]) : 4096;
    const int64_t n_in = argc > 2 ? std::atoll(argv[2]) : 14336;
    const int n_threads = argc > 3 ? std::atoi(argv[3]) : 1;
    if (argc == 2 || argc > 4 || n_out < 64 || n_in < 256 || n_threads < 1) {
        std::fprintf(stderr, "usage: %s [N_OUT N_IN [THREADS]]    N_OUT 64 or more, N_IN 256 or more\n", argv[0]);
        return 2;
    }
    try {
        for (const int64_t part : { 4, 2, 1 }) { // of each side
            run(n_out / part, n_in / part / 64 * 64, n_threads);
        }
    } catch (const std::exception & e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
    return 0;
}
