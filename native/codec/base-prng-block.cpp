#include "terms.h"

#include <algorithm>

namespace seeddelta {

/// Four bits as a number in two's complement.
static int32_t nibble(int32_t bits) {
    return (bits ^ 8) - 8;
}

static void add_searched_row(const prng_block_term & t, int64_t row, float * w) {
    for (int64_t b = 0; b < t.n_blocks; ++b) {
        const int64_t  slot = row * t.n_blocks + b;
        const uint32_t first = uint32_t(t.candidate[slot]) * uint32_t(t.searched / 2);
        const int32_t  q0 = nibble(t.coefficients[slot] & 15);
        const int32_t  q1 = nibble(t.coefficients[slot] >> 4);
        const int64_t  c = b * t.searched;
        const int64_t  n = std::min(t.searched, t.n_in - c);
        for (int64_t i = 0; i < n; ++i) {
            const uint32_t pair = prng_word(t.word_key, first + uint32_t(i / 2)) >> (i % 2 * 16);
            const int32_t  u0 = 2 * int32_t(pair & 255) - 255;
            const int32_t  u1 = 2 * int32_t(pair >> 8 & 255) - 255;
            w[c + i] += t.scale * float(q0 * u0 + q1 * u1);
        }
    }
}

void prng_block_term::add_row(int64_t row, float * w) const {
    if (searched != 0) {
        add_searched_row(*this, row, w);
        return;
    }
    const uint32_t key = prng_row_key(seed, tensor_hash, row);
    for (int64_t c = 0; c < n_in; c += block) {
        const uint32_t signs = prng_word(key, uint32_t(c / block));
        const int64_t  n = n_in - c < block ? n_in - c : block;
        for (int64_t i = 0; i < n; ++i) {
            w[c + i] += (signs >> i) & 1 ? -scale : scale;
        }
    }
}

static void open_search(const payload & p, int64_t n_seeds, prng_block_term & t) {
    t.searched = int64_t(p.param_u64("base.seed_block", 4, prng_block_term::max_searched));
    if (t.searched % 4 != 0) {
        p.fail("key 'base.seed_block' is " + std::to_string(t.searched) + ", not a multiple of 4");
    }
    t.n_blocks = (p.n_in + t.searched - 1) / t.searched;
    t.word_key = prng_row_key(t.seed, t.tensor_hash, 0);
    t.candidate = p.require("base_seed", { elem::i16 }, { t.n_blocks, p.n_out }).as<uint16_t>();
    t.coefficients = p.require("base_theta", { elem::i8 }, { t.n_blocks, p.n_out }).as<uint8_t>();
    for (int64_t i = 0; i < t.n_blocks * p.n_out; ++i) {
        if (t.candidate[i] >= n_seeds) {
            p.fail("base_seed of row " + std::to_string(i / t.n_blocks) + " is " + std::to_string(t.candidate[i]) +
                   ", " + std::to_string(n_seeds) + " seeds were tried");
        }
    }
}

std::unique_ptr<term> decode_prng_block(const payload & p) {
    auto t = std::make_unique<prng_block_term>();
    t->seed = p.param_u64("base.seed", 0, UINT64_MAX);
    t->scale = float(p.param_f64("base.scale"));
    t->tensor_hash = fnv1a64(p.name);
    t->n_in = p.n_in;
    const int64_t n_seeds =
        p.has_param("base.seed_search") ? int64_t(p.param_u64("base.seed_search", 0, prng_block_term::max_seeds)) : 0;
    if (n_seeds > 0) {
        open_search(p, n_seeds, *t);
    }
    return t;
}

std::unique_ptr<term> decode_none(const payload &) {
    return std::make_unique<none_term>();
}

} // namespace seeddelta
