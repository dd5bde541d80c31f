// seeddelta-bench: every base, scheme and value type of the registry with every instruction set, against ggml's dense
// types, in turn in one process. Lines on standard output: "progress DONE TOTAL WHAT", then one JSON object a row.

#include "../builder/json-writer.h"
#include "contender.h"
#include "sample.h"

#include "ggml.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <numeric>
#include <sstream>
#include <thread>

using namespace seeddelta;

namespace {

struct settings {
    int64_t n_out = 4096, n_in = 4096;
    std::vector<int64_t> tokens = { 1, 32, 512 };
    std::vector<std::string> isas; // empty: all that this machine can run
    std::vector<std::string> only; // names of our rows; empty: all
    double bits = 2.0;
    int threads = 1;
    int rounds = 7;
    bench_clock clock = bench_clock::wall;
};

constexpr const char * dense_isa = "ggml";
constexpr ggml_type dense_types[] = { GGML_TYPE_F16, GGML_TYPE_Q8_0, GGML_TYPE_Q4_K, GGML_TYPE_Q2_K };

/// Rows of a batch's matrix: a batch is bound by arithmetic, so its matrix need not be larger than a cache.
constexpr int64_t batch_rows = 1024;

/// A contender that has used this much time is not timed more than min_rounds times.
constexpr double budget_seconds = 1.5;
constexpr int min_rounds = 3;

[[noreturn]] void usage(const std::string & problem) {
    std::fprintf(stderr, "seeddelta-bench: %s\n", problem.c_str());
    std::exit(2);
}

std::vector<std::string> words_of(const std::string & list) {
    std::vector<std::string> out;
    std::stringstream in(list);
    for (std::string word; std::getline(in, word, ',');) {
        out.push_back(word);
    }
    return out;
}

int64_t number(const std::string & text, int64_t min, int64_t max) {
    char * end = nullptr;
    const long value = std::strtol(text.c_str(), &end, 10);
    if (text.empty() || *end != '\0' || value < min || value > max) {
        usage("'" + text + "' is not a number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    return value;
}

settings parse(int argc, char ** argv) {
    settings s;
    for (int i = 1; i < argc; i += 2) {
        const std::string key = argv[i];
        if (i + 1 == argc) {
            usage(key + " needs a value");
        }
        const std::string value = argv[i + 1];
        if (key == "--n-out") {
            s.n_out = number(value, 16, 1 << 20);
        } else if (key == "--n-in") {
            s.n_in = number(value, 64, 1 << 20);
        } else if (key == "--tokens") {
            s.tokens.clear();
            for (const auto & word : words_of(value)) {
                s.tokens.push_back(number(word, 1, 4096));
            }
        } else if (key == "--isa") {
            s.isas = words_of(value);
        } else if (key == "--only") {
            s.only = words_of(value);
        } else if (key == "--bits") {
            s.bits = double(number(value, 1, 8));
        } else if (key == "--threads") {
            s.threads = int(number(value, 1, 256));
        } else if (key == "--rounds") {
            s.rounds = int(number(value, 1, 1000));
        } else if (key == "--clock" && (value == "wall" || value == "cpu")) {
            s.clock = value == "cpu" ? bench_clock::cpu : bench_clock::wall;
        } else {
            usage("unknown option " + key + " " + value);
        }
    }
    if (s.clock == bench_clock::cpu && s.threads != 1) {
        usage("--clock cpu times one thread; say --threads 1");
    }
    return s;
}

std::vector<const kernel_set *> sets_of(const settings & s) {
    int n = 0;
    auto all = all_kernel_sets(&n);
    std::vector<const kernel_set *> out;
    std::string names;
    for (int i = 0; i < n; ++i) {
        if (!all[i]->supported()) {
            continue;
        }
        names += (names.empty() ? "" : ", ") + std::string(all[i]->name);
        if (s.isas.empty() || std::find(s.isas.begin(), s.isas.end(), all[i]->name) != s.isas.end()) {
            out.push_back(all[i]);
        }
    }
    if (out.size() != (s.isas.empty() ? out.size() : s.isas.size()) || out.empty()) {
        usage("unknown or unsupported instruction set (this machine can run: " + names + ")");
    }
    return out;
}

/// What Linux says about the last level that CPU 0 sees; sysconf adds up caches of other sockets on some machines.
int64_t cache_bytes() {
    std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index3/size");
    int64_t kib = 0;
    return file >> kib && kib > 0 ? kib << 10 : int64_t(32) << 20;
}

/// Bytes per second that the threads read from a buffer no cache holds.
class bandwidth {
  public:
    explicit bandwidth(int n_threads) :
        n_threads_(n_threads), buffer_(size_t(8 * cache_bytes()) / sizeof(uint64_t), 1) {}

    double run(bench_clock clock) {
        const double start = seconds_now(clock);
        std::vector<uint64_t> sums(size_t(n_threads_) * 8);
        std::vector<std::thread> helpers;
        const auto part = [&](int t) {
            const size_t n = buffer_.size() / size_t(n_threads_);
            const uint64_t * data = buffer_.data() + size_t(t) * n;
            uint64_t sum[8] = {};
            for (size_t i = 0; i + 8 <= n; i += 8) {
                for (size_t k = 0; k < 8; ++k) {
                    sum[k] += data[i + k];
                }
            }
            sums[size_t(t) * 8] = std::accumulate(sum, sum + 8, uint64_t(0));
        };
        for (int t = 1; t < n_threads_; ++t) {
            helpers.emplace_back(part, t);
        }
        part(0);
        for (auto & h : helpers) {
            h.join();
        }
        sum_ = sum_ + std::accumulate(sums.begin(), sums.end(), uint64_t(0));
        return double(buffer_.size() * sizeof(uint64_t)) / (seconds_now(clock) - start);
    }

  private:
    int n_threads_;
    std::vector<uint64_t> buffer_;
    volatile uint64_t sum_ = 0;
};

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    const size_t n = v.size();
    return n % 2 == 1 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

struct entry {
    std::unique_ptr<contender> c;
    std::vector<double> seconds; // by round
    double used = 0;

    double rate(size_t round) const { return c->weights_per_run() / seconds[round]; }
    std::vector<double> rates() const {
        std::vector<double> out;
        for (size_t r = 0; r < seconds.size(); ++r) {
            out.push_back(rate(r));
        }
        return out;
    }
};

class bench {
  public:
    explicit bench(const settings & s) : s_(s), sets_(sets_of(s)), memory_(s.threads) {}

    void run() {
        for (size_t i = 0; i < s_.tokens.size(); ++i) {
            stage_ = i;
            run(s_.tokens[i]);
        }
    }

  private:
    settings s_;
    std::vector<const kernel_set *> sets_;
    bandwidth memory_;
    size_t stage_ = 0;

    /// Stages are equally long on this scale: preparing is a tenth of each, rounds are the rest.
    void progress(double share, const std::string & what) const {
        const double done = 1000.0 * (double(stage_) + share) / double(s_.tokens.size());
        std::printf("progress %d 1000 %s\n", int(done), what.c_str());
        std::fflush(stdout);
    }

    int64_t copies(int64_t tokens, int64_t bytes) const {
        return tokens > 1 ? 1 : std::clamp<int64_t>((2 * cache_bytes() + bytes - 1) / bytes, 1, 64);
    }

    void run(int64_t tokens) {
        const int64_t n_out = tokens > 1 ? std::min(s_.n_out, batch_rows) : s_.n_out;
        std::vector<entry> entries;
        // payloads outlive the contenders that borrow them
        std::vector<std::shared_ptr<const stored_payload>> payloads;
        progress(0.0, "preparing");
        for (const ggml_type type : dense_types) {
            if (s_.n_in % ggml_blck_size(type) == 0) {
                const int64_t bytes = int64_t(ggml_row_size(type, s_.n_in)) * n_out;
                entries.push_back(
                    { contender::dense(type, n_out, s_.n_in, tokens, copies(tokens, bytes), s_.threads), {}, 0 });
            }
        }
        for (const auto & kind : sample_kinds()) {
            if (s_.only.empty() || std::find(s_.only.begin(), s_.only.end(), kind.name()) != s_.only.end()) {
                try {
                    add(kind, n_out, tokens, payloads, entries);
                } catch (const std::exception & e) { // a kind without this value type, or that does not fit the shape
                    std::printf("skipped %s: %s\n", kind.name().c_str(), e.what());
                }
            }
        }
        measure(tokens, entries);
        entries.clear();
    }

    void add(const sample_kind & kind, int64_t n_out, int64_t tokens,
             std::vector<std::shared_ptr<const stored_payload>> & payloads, std::vector<entry> & entries) const {
        std::vector<const payload *> views;
        const auto first = make_sample(kind, n_out, s_.n_in, s_.bits);
        int64_t bytes = 0;
        for (const auto & t : first->view.tensors) {
            bytes += int64_t(t.size_bytes());
        }
        const int64_t n = copies(tokens, bytes);
        for (int64_t i = 0; i < n; ++i) {
            payloads.push_back(i == 0 ? first : copy_of(*first));
            views.push_back(&payloads.back()->view);
        }
        for (const kernel_set * set : sets_) {
            entries.push_back({ contender::implicit(kind.name(), *set, views, tokens, s_.threads), {}, 0 });
        }
    }

    void measure(int64_t tokens, std::vector<entry> & entries) {
        std::vector<double> bytes_per_second;
        for (auto & e : entries) {
            e.c->run(s_.clock); // not counted: allocates, and wakes the threads
        }
        for (int round = 0; round < s_.rounds; ++round) {
            progress(0.1 + 0.9 * round / s_.rounds, std::to_string(tokens) + (tokens == 1 ? " token" : " tokens") +
                                                        ", round " + std::to_string(round + 1) + " of " +
                                                        std::to_string(s_.rounds));
            bytes_per_second.push_back(memory_.run(s_.clock));
            for (auto & e : entries) {
                if (e.used < budget_seconds || round < min_rounds) {
                    e.seconds.push_back(e.c->run(s_.clock));
                    e.used += e.seconds.back();
                }
            }
        }
        for (const auto & e : entries) {
            print(e, entries, median(bytes_per_second));
        }
    }

    /// The median over the rounds of how much faster than a dense type; NaN where the shape does not fit that type.
    static double ratio(const entry & e, const std::vector<entry> & all, ggml_type type) {
        for (const auto & other : all) {
            if (other.c->isa == dense_isa && other.c->name == dense_name(type)) {
                std::vector<double> ratios;
                for (size_t r = 0; r < std::min(e.seconds.size(), other.seconds.size()); ++r) {
                    ratios.push_back(e.rate(r) / other.rate(r));
                }
                return median(ratios);
            }
        }
        return NAN;
    }

    static void print(const entry & e, const std::vector<entry> & all, double bandwidth) {
        const auto rates = e.rates();
        const double rate = median(rates);
        const auto range = std::minmax_element(rates.begin(), rates.end());
        const double weights = double(e.c->n_out) * double(e.c->n_in);
        const double per_second = rate / weights * double(e.c->weight_bytes);
        json_writer json;
        json.begin_object()
            .member("name", e.c->name)
            .member("isa", e.c->isa)
            .member("n_out", e.c->n_out)
            .member("n_in", e.c->n_in)
            .member("tokens", e.c->tokens)
            .member("bits_per_weight", 8.0 * double(e.c->weight_bytes) / weights)
            .member("gweights_s", rate * 1e-9)
            .member("spread", (*range.second - *range.first) / rate)
            .member("rounds", int64_t(rates.size()));
        for (const ggml_type type : dense_types) {
            const double r = ratio(e, all, type);
            json.key(std::string("ratio_to_") + dense_name(type));
            std::isnan(r) ? json.null() : json.value(r);
        }
        json.member("bytes", e.c->weight_bytes * e.c->copies)
            .member("gb_s", per_second * 1e-9)
            .member("bandwidth_gb_s", bandwidth * 1e-9)
            .member("bandwidth_share", per_second / bandwidth)
            .end_object();
        std::printf("%s\n", json.text().c_str());
        std::fflush(stdout);
    }
};

} // namespace

int main(int argc, char ** argv) {
    try {
        bench(parse(argc, argv)).run();
        return 0;
    } catch (const std::exception & e) {
        std::fprintf(stderr, "seeddelta-bench: %s\n", e.what());
        return 1;
    }
}
