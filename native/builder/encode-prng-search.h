#pragma once

#include "encoder.h"

namespace seeddelta {

/// Base kind `prng_block` with a seed search: for every block of o.seed_block inputs the best of o.seed_search pairs of
/// pseudo-random vectors, with two coefficients of four bits (the idea: SeedLM, arXiv 2410.10714). Best under the
/// importance, without one under the diagonal of the second moments.
/// Costs seed_search · n_out · n_in · 2 multiply-adds and some 20 operations per candidate and block.
void seed_search_layout(const weight_shape & shape, const encode_options & o, std::vector<tensor_layout> & out);
void seed_search_fit(const dense_weight & w, const encode_options & o, const progress & watch, fitted_base & out);

} // namespace seeddelta
