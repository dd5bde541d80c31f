#pragma once

#include "dense.h"
#include "moments-file.h"
#include "progress.h"
#include "stored-payload.h"

#include <seeddelta/collect.h>

#include <memory>
#include <string>
#include <vector>

namespace seeddelta {

/// The feed-forward part of one layer, y = D (f(G x) ⊙ U x), on real inputs of it: with its dense weights, and with
/// payloads in their place. Keeps activations only; dense weights are read from the file as they are needed.
/// Immutable. Results are the same bits for any number of threads and any instruction set.
class layer_function {
  public:
    /// Why the layer cannot be measured, for a person; empty when it can.
    static std::string why_not(const model & source, int layer, const moments_file & moments);

    /// SD_E_INPUT when why_not has a reason, or shapes do not fit together. At most `max_samples` inputs (0: all),
    /// evenly spread over those there are. The model must outlive it.
    layer_function(const model & source, int layer, const moments_file & moments, int64_t max_samples, int n_threads);

    int64_t n_samples() const { return n_samples_; }
    bool has_block() const { return why_no_block_.empty(); }
    /// Why the output of the whole block cannot be measured, for a person.
    const std::string & why_no_block() const { return why_no_block_; }

    /// nullptr: that weight stays dense. Formulas: docs/METRICS.md.
    /// SD_E_USAGE for a payload of another weight.
    sd_layer_metrics measure(const stored_payload * gate, const stored_payload * up, const stored_payload * down,
                             int n_threads, const progress & watch) const;

  private:
    /// [rows][columns()], a column per sample, zeros in columns that fill up the last group.
    using block = std::vector<float>;

    template <typename R>
    block times(int64_t n_out, int64_t n_in, const R & rows, const block & x, int n_threads) const;
    block dense_times(const dense_rows & w, const block & x, int n_threads) const;
    block payload_times(const stored_payload & p, const dense_rows & w, const char * kind, const block & x,
                        int n_threads) const;
    /// f(g) ⊙ u
    block gated(const block & g, const block & u, int n_threads) const;
    int64_t columns() const;
    std::string weight_name(const char * kind) const;

    const model & source_;
    int layer_;
    dense_rows gate_, up_, down_;
    double (*activation_)(double);
    int64_t n_samples_ = 0;
    std::string why_no_block_;
    block x_;         // inputs
    block h_;         // residual stream; empty without
    block g_, u_, y_; // G x, U x, output of the dense layer
};

} // namespace seeddelta
