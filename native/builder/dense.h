#pragma once

#include "model.h"
#include "second-moments.h"

#include <memory>
#include <string>
#include <vector>

namespace seeddelta {

/// A weight in its file, dequantised with ggml's own routine a few rows at a time.
class dense_rows {
  public:
    /// SD_E_INPUT: no such tensor, not two-dimensional, a type ggml cannot dequantise. The model must outlive it.
    dense_rows(const model & source, const std::string & tensor);

    int64_t n_out() const { return place_->ne[1]; }
    int64_t n_in() const { return place_->ne[0]; }

    /// out[last − first][n_in]. Any number of threads. SD_E_INPUT: NaN or infinity.
    void read(int64_t first, int64_t last, float * out) const;

  private:
    const model &        source_;
    const tensor_place * place_;
};

/// A weight as f32, and how much each of its inputs matters. n_out · n_in floats.
class dense_weight {
  public:
    /// Dequantises `tensor` of `source`, rows in parallel. SD_E_INPUT: as dense_rows, or not *.weight.
    dense_weight(const model & source, const std::string & tensor, int n_threads);

    /// A weight from memory, for tests: values[n_out · n_in].
    dense_weight(const std::string & name, int64_t n_out, int64_t n_in, std::vector<float> values);

    /// "blk.2.ffn_gate" of "blk.2.ffn_gate.weight"
    const std::string & name() const { return name_; }
    int64_t             n_out() const { return n_out_; }
    int64_t             n_in() const { return n_in_; }
    const float *       row(int64_t r) const { return values_.data() + r * n_in_; }

    /// importance[c]^power + eps per input, or nullptr when no importance was given (all inputs equal).
    const float * importance() const { return importance_.empty() ? nullptr : importance_.data(); }

    /// SD_E_INPUT: wrong length, negative or non-finite entries, nothing above zero.
    void set_importance(const float * importance, int64_t n_in, float power, float eps);

    /// nullptr when none were given.
    const second_moments * moments() const { return moments_.get(); }

    /// SD_E_INPUT: for another number of inputs.
    void set_moments(std::shared_ptr<const second_moments> moments);

  private:
    std::string        name_;
    int64_t            n_out_ = 0;
    int64_t            n_in_ = 0;
    std::vector<float> values_;
    std::vector<float> importance_;
    std::shared_ptr<const second_moments> moments_;
};

/// "blk.2.ffn_gate" of "blk.2.ffn_gate.weight"; SD_E_INPUT for other names.
std::string weight_name(const std::string & tensor);

} // namespace seeddelta
