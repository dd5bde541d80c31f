#include "encode-values.h"
#include "encoder.h"
#include "failure.h"
#include "refit.h"
#include "threads.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace seeddelta {

static void layout(const weight_shape & shape, const encode_options & o, std::vector<tensor_layout> & out,
                   std::map<std::string, param_value> & params) {
    if (o.k < 1 || o.k > shape.n_in) {
        fail_usage("K = " + std::to_string(o.k) + " does not fit rows of " + std::to_string(shape.n_in) +
                   " inputs; choose 1 to " + std::to_string(shape.n_in));
    }
    params["K"] = uint64_t(o.k);
    out.push_back({ "d_idx", shape.n_in > 65536 ? elem::i32 : elem::i16, { o.k, shape.n_out, 1 } });
    out.push_back({ "d_val", o.value_elem(), { o.k, shape.n_out, 1 } });
    if (o.values == SD_VALUE_I8) {
        out.push_back({ "d_scale", elem::f16, { shape.n_out, 1, 1 } });
    }
}

/// kept[k] = the indices with the largest |r| · sqrt(m), ascending; of equal ones the lower index.
/// Scores are compared as the bits of a non-negative float with the index below them: a total order.
static void choose(const float * r, const float * root_m, int64_t n, int64_t k, std::vector<uint64_t> & keys,
                   uint32_t * kept) {
    keys.resize(size_t(n));
    const auto key = [&](int64_t c) {
        const float score = std::fabs(r[c]) * (root_m ? root_m[c] : 1.0f);
        uint32_t    bits;
        std::memcpy(&bits, &score, sizeof bits);
        return uint64_t(bits) << 32 | uint32_t(~uint32_t(c));
    };
    for (int64_t c = 0; c < n; ++c) {
        keys[size_t(c)] = key(c);
    }
    std::nth_element(keys.begin(), keys.begin() + (k - 1), keys.end(), std::greater<uint64_t>());
    const uint64_t last = keys[size_t(k - 1)];
    for (int64_t c = 0; c < n; ++c) {
        if (key(c) >= last) {
            *kept++ = uint32_t(c);
        }
    }
}

static void encode_rows(const residual_job & job, stored_payload & out) {
    const int64_t        n = job.w.n_in();
    const int64_t        k = job.options.k;
    const float *        m = job.w.importance();
    const bool           wide = n > 65536;
    uint16_t * const     idx16 = out.data<uint16_t>("d_idx");
    uint32_t * const     idx32 = out.data<uint32_t>("d_idx");
    uint16_t * const     val_f16 = out.data<uint16_t>("d_val");
    int8_t * const       val_i8 = out.data<int8_t>("d_val");
    uint16_t * const     scale = out.data<uint16_t>("d_scale");
    std::vector<float>   root_m;
    if (m) {
        root_m.resize(size_t(n));
        for (int64_t c = 0; c < n; ++c) {
            root_m[size_t(c)] = std::sqrt(m[c]);
        }
    }

    parallel_rows(job.w.n_out(), job.options.n_threads, [&](int64_t, int64_t first, int64_t last) {
        std::vector<float>    r(static_cast<size_t>(n)), values(static_cast<size_t>(k)), weights(static_cast<size_t>(k));
        std::vector<uint32_t> kept(static_cast<size_t>(k));
        std::vector<uint64_t> keys;
        kept_refit            refit(job.refit_moments());
        for (int64_t row = first; row < last; ++row) {
            job.row(row, r.data());
            choose(r.data(), m ? root_m.data() : nullptr, n, k, keys, kept.data());
            refit.row(r.data(), kept.data(), k);
            for (int64_t j = 0; j < k; ++j) {
                const uint32_t c = kept[size_t(j)];
                values[size_t(j)] = r[c];
                weights[size_t(j)] = m ? m[c] : 1.0f;
                (wide ? (void) (idx32[row * k + j] = c) : (void) (idx16[row * k + j] = uint16_t(c)));
            }
            if (scale) {
                scale[row] = store_i8(job.w, row, values.data(), weights.data(), k, val_i8 + row * k);
            } else {
                store_f16(job.w, row, values.data(), k, val_f16 + row * k);
            }
        }
        job.watch.add((last - first) * n);
    });
}

static double ops_per_row(const payload & p) {
    return double(p.param_u64("K", 1, uint64_t(p.n_in)));
}

extern const residual_encoder encode_coo;
const residual_encoder        encode_coo = { layout, encode_rows, ops_per_row };

} // namespace seeddelta
