#include "f16.h"
#include "terms.h"
#include "values.h"

#include <cmath>

namespace seeddelta {

void codebook_term::add_row(int64_t row, float * w) const {
    for (int64_t j = row * k; j < (row + 1) * k; ++j) {
        const float value = f16_to_f32(val_f16[j]);
        const uint16_t * atom = dict_f16 + int64_t(code[j]) * n_in;
        for (int64_t c = 0; c < n_in; ++c) {
            w[c] += value * f16_to_f32(atom[c]);
        }
    }
}

double codebook_term::summed_length(int64_t row) const {
    double sum = 0.0;
    for (int64_t j = row * k; j < (row + 1) * k; ++j) {
        sum += std::fabs(double(f16_to_f32(val_f16[j]))) * double(length[code[j]]);
    }
    return sum;
}

std::unique_ptr<term> decode_codebook(const payload & p) {
    auto t = std::make_unique<codebook_term>();
    t->n_in = p.n_in;
    t->atoms = int64_t(p.param_u64("atoms", 1, 65536));
    t->k = int64_t(p.param_u64("K", 1, uint64_t(t->atoms)));

    const auto & dict = p.require("r_dict", { elem::f16 }, { p.n_in, t->atoms });
    require_finite(p, dict);
    t->dict_f16 = dict.as<uint16_t>();
    for (int64_t a = 0; a < t->atoms; ++a) {
        double sum = 0.0;
        for (int64_t c = a * p.n_in; c < (a + 1) * p.n_in; ++c) {
            const double v = f16_to_f32(t->dict_f16[c]);
            sum += v * v;
        }
        t->length.push_back(float(std::sqrt(sum)));
    }

    t->code = p.require("r_codes", { elem::i16 }, { t->k, p.n_out }).as<uint16_t>();
    for (int64_t r = 0; r < p.n_out; ++r) {
        for (int64_t j = 0; j < t->k; ++j) {
            const int64_t a = t->code[r * t->k + j];
            if (a >= t->atoms) {
                p.fail("r_codes of row " + std::to_string(r) + " is " + std::to_string(a) + ", the dictionary has " +
                       std::to_string(t->atoms) + " atoms");
            }
            if (j > 0 && a <= t->code[r * t->k + j - 1]) {
                p.fail("r_codes of row " + std::to_string(r) + " is not ascending");
            }
        }
    }

    const auto & val = p.require("r_vals", { elem::f16 }, { t->k, p.n_out });
    require_finite(p, val);
    t->val_f16 = val.as<uint16_t>();
    return t;
}

} // namespace seeddelta
