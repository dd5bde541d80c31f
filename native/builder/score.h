#pragma once

#include <cstdint>

namespace seeddelta {

/// nll[i] = −log softmax(logits[i])[targets[i]]. logits[n_rows][n_vocab].
/// The arithmetic of llama-perplexity, so that the sum over a text agrees in its last printed digit: maximum and
/// exponentials in f32, their sum in f64 in order, logarithm in f64.
/// SD_E_INPUT when a target is outside the vocabulary.
void score(const float * logits, int64_t n_rows, int32_t n_vocab, const int32_t * targets, int n_threads, double * nll);

} // namespace seeddelta
