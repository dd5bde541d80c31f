#pragma once

#include <cstdint>

namespace seeddelta {

/// nll[i] = −log softmax(logits[i])[targets[i]]. logits[n_rows][n_vocab].
/// The arithmetic of llama-perplexity, so that the sum over a text agrees in its last printed digit: maximum and
/// exponentials in f32, their sum in f64 in order, logarithm in f64.
/// SD_E_INPUT when a target is outside the vocabulary.
void score(const float * logits, int64_t n_rows, int32_t n_vocab, const int32_t * targets, int n_threads, double * nll);

/// Per row, shapes [n_rows].
struct comparison {
    double *  kld;       // KL(base ‖ model) in nats, ≥ 0 or NaN
    double *  p_base;    // probability of the target
    double *  p_model;
    uint8_t * same_top1; // 1 when both rank the same token first
};

/// Compares the rows of two models over one vocabulary. base, model: [n_rows][n_vocab]. Memory: none per vocabulary.
/// SD_E_INPUT when a target is outside the vocabulary. Source: `kl_divergence()` in llama.cpp, tools/perplexity.
void compare(const float * base, const float * model, int64_t n_rows, int32_t n_vocab, const int32_t * targets,
             int n_threads, const comparison & out);

} // namespace seeddelta
