#include "f16.h"
#include "terms.h"
#include "values.h"

namespace seeddelta {

void coo_term::add_row(int64_t row, float * w) const {
    const float scale = val_i8 ? f16_to_f32(scale_f16[row]) : 1.0f;
    for (int64_t j = 0; j < k; ++j) {
        const float v = val_i8 ? float(val_i8[row * k + j]) * scale : f16_to_f32(val_f16[row * k + j]);
        w[index(row, j)] += v;
    }
}

std::unique_ptr<term> decode_coo(const payload & p) {
    auto t = std::make_unique<coo_term>();
    t->n_in = p.n_in;
    t->k = int64_t(p.param_u64("K", 1, uint64_t(p.n_in)));

    // 16-bit indices exactly when they reach every input, so that a weight has one encoding
    const bool wide = p.n_in > 65536;
    const auto & idx = p.require("d_idx", { wide ? elem::i32 : elem::i16 }, { t->k, p.n_out });
    (wide ? (void) (t->idx32 = idx.as<uint32_t>()) : (void) (t->idx16 = idx.as<uint16_t>()));
    for (int64_t r = 0; r < p.n_out; ++r) {
        int64_t previous = -1;
        for (int64_t j = 0; j < t->k; ++j) {
            const int64_t i = t->index(r, j);
            if (i >= p.n_in) {
                p.fail("d_idx of row " + std::to_string(r) + " is " + std::to_string(i) + ", the weight has " +
                       std::to_string(p.n_in) + " inputs");
            }
            if (i <= previous) {
                p.fail("d_idx of row " + std::to_string(r) + " is not ascending");
            }
            previous = i;
        }
    }

    const auto & val = p.require("d_val", { elem::f16, elem::i8 }, { t->k, p.n_out });
    require_finite(p, val);
    if (val.type == elem::i8) {
        const auto & scale = p.require("d_scale", { elem::f16 }, { p.n_out });
        require_finite(p, scale);
        t->val_i8 = val.as<int8_t>();
        t->scale_f16 = scale.as<uint16_t>();
    } else {
        t->val_f16 = val.as<uint16_t>();
    }
    return t;
}

} // namespace seeddelta
