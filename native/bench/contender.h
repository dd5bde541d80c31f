#pragma once

#include "../op/kernels.h"
#include "../op/sd-op.h"

#include <memory>
#include <string>
#include <vector>

struct ggml_cgraph;

namespace seeddelta {

/// wall: what a user waits. cpu: what one thread worked, which is the better of the two on a machine that is busy
/// with something else.
enum class bench_clock { wall, cpu };

double seconds_now(bench_clock clock);

/// ggml's name of a type in small letters: "q2_k".
std::string dense_name(ggml_type type);

/// One way to compute y = W x, as a graph of ggml's CPU backend: several matrices of one shape, each with an x of its
/// own, so that one run reads more than the caches hold.
class contender {
  public:
    std::string name;
    std::string isa;
    int64_t n_out = 0, n_in = 0, tokens = 0;
    int64_t copies = 0;
    int64_t weight_bytes = 0; // of one matrix

    /// A dense weight of a type of ggml, quantised from random numbers.
    static std::unique_ptr<contender> dense(ggml_type type, int64_t n_out, int64_t n_in, int64_t tokens, int64_t copies,
                                            int n_threads);
    /// Payloads, one for each copy; borrowed.
    static std::unique_ptr<contender> implicit(const std::string & name, const kernel_set & kernels,
                                               const std::vector<const payload *> & payloads, int64_t tokens,
                                               int n_threads);
    ~contender();

    /// Seconds of one run, by that clock.
    double run(bench_clock clock);

    double weights_per_run() const { return double(n_out) * double(n_in) * double(copies); }

  private:
    struct state;
    std::unique_ptr<state> s_;
    contender();
    void build(const std::vector<ggml_tensor *> & weights, int n_threads);
};

} // namespace seeddelta
