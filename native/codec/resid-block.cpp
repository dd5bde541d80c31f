#include "f16.h"
#include "terms.h"
#include "values.h"

namespace seeddelta {

void block_term::add_row(int64_t row, float * w) const {
    for (int64_t j = 0; j < kept; ++j) {
        const int64_t slot = row * kept + j;
        const int64_t c = int64_t(map[slot]) * block;
        const int64_t n = n_in - c < block ? n_in - c : block;
        const float   scale = val_i8 ? f16_to_f32(scale_f16[slot]) : 1.0f;
        for (int64_t i = 0; i < n; ++i) {
            const int64_t v = slot * block + i;
            w[c + i] += val_i8 ? float(val_i8[v]) * scale : f16_to_f32(val_f16[v]);
        }
    }
}

std::unique_ptr<term> decode_block(const payload & p) {
    auto t = std::make_unique<block_term>();
    t->n_in = p.n_in;
    t->block = int64_t(p.param_u64("block", 16, 64));
    if (t->block != 16 && t->block != 32 && t->block != 64) {
        p.fail("key 'block' is " + std::to_string(t->block) + ", expected 16, 32 or 64");
    }
    const int64_t n_blocks = (p.n_in + t->block - 1) / t->block;
    if (n_blocks > 65536) {
        p.fail("rows of " + std::to_string(p.n_in) + " inputs have too many blocks of " + std::to_string(t->block));
    }
    const auto k = p.param_u64("K", 1, uint64_t(n_blocks * t->block));
    if (k % uint64_t(t->block) != 0) {
        p.fail("key 'K' is " + std::to_string(k) + ", not a multiple of the block of " + std::to_string(t->block));
    }
    t->kept = int64_t(k) / t->block;

    const auto & map = p.require("b_map", { elem::i16 }, { t->kept, p.n_out });
    t->map = map.as<uint16_t>();
    for (int64_t r = 0; r < p.n_out; ++r) {
        for (int64_t j = 0; j < t->kept; ++j) {
            const int64_t b = t->map[r * t->kept + j];
            if (b >= n_blocks) {
                p.fail("b_map of row " + std::to_string(r) + " is " + std::to_string(b) + ", the weight has " +
                       std::to_string(n_blocks) + " blocks");
            }
            if (j > 0 && b <= t->map[r * t->kept + j - 1]) {
                p.fail("b_map of row " + std::to_string(r) + " is not ascending");
            }
        }
    }

    const auto & val = p.require("b_val", { elem::f16, elem::i8 }, { t->block, t->kept, p.n_out });
    require_finite(p, val);
    if (val.type == elem::i8) {
        const auto & scale = p.require("b_scale", { elem::f16 }, { t->kept, p.n_out });
        require_finite(p, scale);
        t->val_i8 = val.as<int8_t>();
        t->scale_f16 = scale.as<uint16_t>();
    } else {
        t->val_f16 = val.as<uint16_t>();
    }
    return t;
}

} // namespace seeddelta
