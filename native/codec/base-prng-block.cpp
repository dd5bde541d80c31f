#include "terms.h"

namespace seeddelta {

void prng_block_term::add_row(int64_t row, float * w) const {
    const uint32_t key = prng_row_key(seed, tensor_hash, row);
    for (int64_t c = 0; c < n_in; c += block) {
        const uint32_t signs = prng_word(key, uint32_t(c / block));
        const int64_t  n = n_in - c < block ? n_in - c : block;
        for (int64_t i = 0; i < n; ++i) {
            w[c + i] += (signs >> i) & 1 ? -scale : scale;
        }
    }
}

std::unique_ptr<term> decode_prng_block(const payload & p) {
    auto t = std::make_unique<prng_block_term>();
    t->seed = p.param_u64("base.seed", 0, UINT64_MAX);
    t->scale = float(p.param_f64("base.scale"));
    t->tensor_hash = fnv1a64(p.name);
    t->n_in = p.n_in;
    return t;
}

std::unique_ptr<term> decode_none(const payload &) {
    return std::make_unique<none_term>();
}

} // namespace seeddelta
