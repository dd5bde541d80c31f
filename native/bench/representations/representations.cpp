// What each base and residual scheme keeps of the feed-forward weights of a model at a given number of bits, payload
// bytes counted in full, beside what ggml's own quantisers keep with the same imatrix: everything by the code and the
// metrics of the builder (docs/METRICS.md).
//
// Usage: seeddelta-bench-representations MODEL IMATRIX MOMENTS FIRST LAST STEP [THREADS] > ROWS.jsonl
// One JSON object a line to standard output; the Markdown tables (medians over layers) to standard error at the end.

#include "bench/calibrated-weight.h"
#include "builder/encoder.h"
#include "builder/failure.h"
#include "builder/metrics.h"

#include <ggml.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace seeddelta;

namespace {

const progress silent(nullptr);

constexpr const char * kinds[] = { "ffn_gate", "ffn_up", "ffn_down" };
constexpr double budgets[] = { 0.5, 1.0, 2.0, 3.0 }; // bits per weight

struct representation {
    const char * name;
    const char * base;
    const char * resid;
    int block;
    sd_value_type values;
    int seed_search;
    bool also_plain; // also without refitting, to see what that gains
};

constexpr representation representations[] = {
    { "coo f16", "none", "coo", 0, SD_VALUE_F16, 0, false },
    { "coo i8", "none", "coo", 0, SD_VALUE_I8, 0, true },
    { "block 16 f16", "none", "block", 16, SD_VALUE_F16, 0, false },
    { "block 16 i8", "none", "block", 16, SD_VALUE_I8, 0, false },
    { "block 32 f16", "none", "block", 32, SD_VALUE_F16, 0, false },
    { "block 32 i8", "none", "block", 32, SD_VALUE_I8, 0, true },
    { "block 64 f16", "none", "block", 64, SD_VALUE_F16, 0, false },
    { "block 64 i8", "none", "block", 64, SD_VALUE_I8, 0, false },
    { "codebook", "none", "codebook", 0, SD_VALUE_F16, 0, false },
    { "256 seeds + coo i8", "prng_block", "coo", 0, SD_VALUE_I8, 256, false },
};

constexpr ggml_type quants[] = { GGML_TYPE_Q2_K, GGML_TYPE_Q3_K, GGML_TYPE_Q4_0, GGML_TYPE_IQ4_NL };

/// One line of a table, for one weight.
struct row {
    std::string kind, name;
    double budget = 0; // 0 for a quantiser, whose bits are what they are
    double bpw = 0;
    sd_metrics m{};
};

struct share_row {
    std::string kind, base;
    sd_base_stats stats{};
};

/// Half of the bits of a codebook go to its dictionary, in f16, the other half to codes and values.
int64_t atoms_for(const dense_weight & w, double budget) {
    return std::max<int64_t>(1, int64_t(budget * double(w.n_out()) / 32.0));
}

sd_encode_params params_of(const representation & s, int64_t k, int64_t atoms, bool refit, int n_threads) {
    sd_encode_params p{};
    std::strcpy(p.base, s.base);
    std::strcpy(p.scheme, s.resid);
    p.seed = 1;
    p.k = int32_t(k);
    p.block = s.block;
    p.value_type = s.values;
    p.row_scale = SD_ROW_SCALE_F16;
    p.n_threads = n_threads;
    p.refit = refit;
    p.base_seed_search = s.seed_search;
    p.atoms = int32_t(atoms);
    return p;
}

int64_t payload_bytes(const dense_weight & w, const sd_encode_params & p) {
    std::vector<tensor_layout> layout;
    std::map<std::string, param_value> unused;
    payload_layout({ w.n_out(), w.n_in() }, encode_options::from(p), layout, unused);
    int64_t bytes = 0;
    for (const auto & t : layout) {
        bytes += t.size_bytes();
    }
    return bytes;
}

double bits(const dense_weight & w, int64_t bytes) {
    return 8.0 * double(bytes) / double(w.n_out() * w.n_in());
}

/// The largest k whose payload stays within `budget` bits per weight; 0 when none does.
int64_t largest_k(const dense_weight & w, const representation & s, double budget) {
    const int64_t step = std::max(1, s.block);
    const int64_t atoms = atoms_for(w, budget);
    const int64_t most = std::strcmp(s.resid, "codebook") == 0 ? std::min(atoms, w.n_in()) : w.n_in();
    int64_t best = 0;
    for (int64_t k = step; k <= most && bits(w, payload_bytes(w, params_of(s, k, atoms, false, 1))) <= budget;
         k += step) {
        best = k;
    }
    return best;
}

sd_measure_params measure_params(int n_threads) {
    sd_measure_params p{};
    p.eval_rows = 64;
    p.eval_x = 64;
    p.seed = 1;
    p.n_threads = n_threads;
    return p;
}

/// What the same bytes of a K- or I-quant keep: ggml's quantiser, with the imatrix, and back.
row quantised(const dense_weight & w, const float * means, ggml_type type, int n_threads) {
    ggml_quantize_init(type);
    const size_t row_bytes = ggml_row_size(type, w.n_in());
    std::vector<uint8_t> data(row_bytes * size_t(w.n_out()));
    ggml_quantize_chunk(type, w.row(0), data.data(), 0, w.n_out(), w.n_in(), means);
    const auto to_float = ggml_get_type_traits(type)->to_float;
    row out;
    out.name = ggml_type_name(type);
    out.bpw = bits(w, int64_t(data.size()));
    out.m = measure(
        w, [&](int64_t r, float * hat) { to_float(data.data() + size_t(r) * row_bytes, hat, w.n_in()); },
        measure_params(n_threads), silent);
    return out;
}

row encoded(const dense_weight & w, const representation & s, int64_t k, double budget, bool refit, int n_threads) {
    const auto options = encode_options::from(params_of(s, k, atoms_for(w, budget), refit, n_threads));
    const auto payload = encode(w, *fit_base(w, options, silent), options, silent);
    row out;
    out.name = std::string(s.name) + (refit ? "" : ", not refitted");
    out.bpw = bits(w, int64_t(payload->view.size_bytes()));
    out.m = measure(w, *payload, measure_params(n_threads), silent);
    return out;
}

void print(int layer, const row & r) {
    std::printf(
        "{\"layer\": %d, \"kind\": \"%s\", \"representation\": \"%s\", \"budget\": %g, \"bpw\": %.4f, "
        "\"rel_l2\": %.6f, \"cos\": %.6f, \"cos_x\": %.6f, \"cos_x_w\": %.6f, \"cos_act\": %.6f, \"err_h\": %.6f}\n",
        layer, r.kind.c_str(), r.name.c_str(), r.budget, r.bpw, r.m.rel_l2.mean, r.m.cos.mean, r.m.cos_x.mean,
        r.m.cos_x_w.mean, r.m.cos_act.mean, r.m.err_h);
    std::fflush(stdout);
}

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    const size_t n = v.size();
    return n == 0 ? std::nan("") : n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

template <typename F>
double median_over(const std::vector<row> & rows, const row & like, F && f) {
    std::vector<double> values;
    for (const row & r : rows) {
        if (r.kind == like.kind && r.name == like.name && r.budget == like.budget) {
            values.push_back(f(r));
        }
    }
    return median(std::move(values));
}

void tables(const std::vector<share_row> & shares, const std::vector<row> & rows) {
    std::fprintf(stderr, "| kind | base | share | share, weighted |\n|---|---|---|---|\n");
    std::vector<std::string> seen;
    const auto first_time = [&](const std::string & key) {
        const bool fresh = std::find(seen.begin(), seen.end(), key) == seen.end();
        seen.push_back(key);
        return fresh;
    };
    for (const auto & s : shares) {
        if (first_time(s.kind + s.base)) {
            std::vector<double> plain, weighted;
            for (const auto & other : shares) {
                if (other.kind == s.kind && other.base == s.base) {
                    plain.push_back(other.stats.share);
                    weighted.push_back(other.stats.share_weighted);
                }
            }
            std::fprintf(stderr, "| %s | %s | %.6f | %.6f |\n", s.kind.c_str(), s.base.c_str(), median(plain),
                         median(weighted));
        }
    }
    for (const char * kind : kinds) {
        std::fprintf(stderr,
                     "\n### %s\n\n| bits | representation | bpw | rel_l2 | cos | cos_x | cos_x_w | cos_act | err_h |\n",
                     kind);
        std::fprintf(stderr, "|---|---|---|---|---|---|---|---|---|\n");
        std::vector<row> some;
        std::copy_if(rows.begin(), rows.end(), std::back_inserter(some), [&](const row & r) { return r.kind == kind; });
        std::stable_sort(some.begin(), some.end(), [](const row & a, const row & b) { return a.budget < b.budget; });
        for (const row & r : some) {
            if (!first_time(r.kind + r.name + std::to_string(r.budget))) {
                continue;
            }
            char budget[16] = "";
            std::snprintf(budget, sizeof budget, "%g", r.budget);
            const auto m = [&](auto f) { return median_over(rows, r, f); };
            std::fprintf(stderr, "| %s | %s | %.2f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f |\n",
                         r.budget > 0 ? budget : "ggml", r.name.c_str(), m([](const row & x) { return x.bpw; }),
                         m([](const row & x) { return x.m.rel_l2.mean; }),
                         m([](const row & x) { return x.m.cos.mean; }), m([](const row & x) { return x.m.cos_x.mean; }),
                         m([](const row & x) { return x.m.cos_x_w.mean; }),
                         m([](const row & x) { return x.m.cos_act.mean; }), m([](const row & x) { return x.m.err_h; }));
        }
    }
}

void run(const model & source, const imatrix_file & imatrix, const moments_file & moments, int first, int last,
         int step, int n_threads) {
    std::vector<share_row> shares;
    std::vector<row> rows;
    for (int layer = first; layer <= last; layer += step) {
        for (const char * kind : kinds) {
            const std::string name = "blk." + std::to_string(layer) + "." + kind + ".weight";
            const auto loaded = calibrated_weight(source, imatrix, moments, name, n_threads);
            if (!loaded) {
                fail_input("imatrix or moments have no " + name);
            }
            const dense_weight & w = *loaded;
            const auto add = [&](row r, double budget) {
                r.kind = kind;
                r.budget = budget;
                print(layer, r);
                rows.push_back(std::move(r));
            };
            for (const char * base : { "prng_block", "fht_struct" }) {
                auto p = params_of({ "", base, "coo", 0, SD_VALUE_F16, 0, false }, 1, 0, false, n_threads);
                p.base_samples = 256;
                shares.push_back({ kind, base, fit_base(w, encode_options::from(p), silent)->stats });
                std::printf("{\"layer\": %d, \"kind\": \"%s\", \"base\": \"%s\", \"share\": %.8f, \"share_w\": %.8f}\n",
                            layer, kind, base, shares.back().stats.share, shares.back().stats.share_weighted);
            }
            for (const ggml_type type : quants) {
                if (w.n_in() % ggml_blck_size(type) == 0) {
                    add(quantised(w, w.importance(), type, n_threads), 0);
                }
            }
            for (const double budget : budgets) {
                for (const representation & s : representations) {
                    const int64_t k = largest_k(w, s, budget);
                    if (k == 0) {
                        continue;
                    }
                    add(encoded(w, s, k, budget, true, n_threads), budget);
                    if (s.also_plain) {
                        add(encoded(w, s, k, budget, false, n_threads), budget);
                    }
                }
            }
        }
    }
    tables(shares, rows);
}

} // namespace

int main(int argc, char ** argv) {
    if (argc < 7 || argc > 8) {
        std::fprintf(stderr, "usage: %s MODEL IMATRIX MOMENTS FIRST LAST STEP [THREADS] > ROWS.jsonl\n", argv[0]);
        return 2;
    }
    try {
        run(model(argv[1]), imatrix_file(argv[2]), moments_file(argv[3]), std::atoi(argv[4]), std::atoi(argv[5]),
            std::max(1, std::atoi(argv[6])), argc > 7 ? std::atoi(argv[7]) : 1);
    } catch (const std::exception & e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 3;
    }
    return 0;
}
