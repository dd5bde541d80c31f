#pragma once

#include "collect-imatrix.h"
#include "collect-plan.h"
#include "collect-syrk.h"
#include "failure.h"

#include <memory>
#include <optional>

namespace seeddelta {

/// A uniform sample of a stream of vectors: every vector seen so far is kept with the same probability. Which ones
/// depends on the seed and the position in the stream alone, so inputs fed with the same tokens keep the same tokens.
/// Source: Vitter, Random Sampling with a Reservoir (1985), algorithm R.
class reservoir {
  public:
    reservoir(int64_t n, int64_t capacity, uint64_t seed);

    void add(const float * x);

    int64_t size() const { return seen_ < capacity_ ? seen_ : capacity_; }
    const float * data() const { return kept_.data(); } // [size()][n]

  private:
    int64_t n_;
    int64_t capacity_;
    uint64_t seed_;
    int64_t seen_ = 0;
    std::vector<float> kept_;
};

/// One distinct input: the activations that one or more weights read.
struct input_stats {
    std::string name;
    int64_t n = 0;
    int64_t count = 0;
    std::vector<std::string> weights;     // the first one's node is where the input is collected
    const ggml_tensor * source = nullptr; // in the evaluation at hand, known once its first reader was met
    std::unique_ptr<second_moment> moment;
    std::unique_ptr<reservoir> samples;
    std::unique_ptr<reservoir> residuals; // the stream that the layer adds to, at the sampled positions; only ffn_in
};

/// What the evaluation callback feeds.
class collector {
  public:
    collector(const model & source, const collect_options & options);

    /// The callback. Never throws; see sd_collector_callback.
    bool on_node(const ggml_tensor * node, bool ask) noexcept;

    const std::optional<failure> & problem() const { return problem_; }
    const collect_options & options() const { return options_; }
    const imatrix_sums & imatrix() const { return imatrix_; }
    const syrk_kernel & kernel() const { return kernel_; }

    /// By name.
    const std::map<std::string, std::unique_ptr<input_stats>> & inputs() const { return inputs_; }

    std::string summary_json() const;
    void save_moments(const std::string & path, const sd_provenance & provenance) const;

  private:
    bool wanted(const ggml_tensor * node, const std::string & name);
    void collect(const ggml_tensor * node, const std::string & name);
    input_stats & input_of(const std::string & name, const ggml_tensor * source);
    input_stats & new_input(const std::string & name, int64_t n);
    void add_samples(input_stats & in, const std::vector<const float *> & rows);

    collect_options options_;
    collect_plan plan_;
    const syrk_kernel & kernel_;
    imatrix_sums imatrix_;
    std::map<std::string, std::unique_ptr<input_stats>> inputs_;
    std::map<std::string, input_stats *> by_weight_;
    std::optional<failure> problem_;
    std::vector<char> host_copy_;
    std::vector<char> residual_copy_;
    std::vector<float> panels_;
};

} // namespace seeddelta
