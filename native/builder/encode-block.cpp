#include "encode-values.h"
#include "encoder.h"
#include "failure.h"
#include "refit.h"
#include "threads.h"

#include <algorithm>

namespace seeddelta {

static void layout(const weight_shape & shape, const encode_options & o, std::vector<tensor_layout> & out,
                   std::map<std::string, param_value> & params) {
    if (o.block != 16 && o.block != 32 && o.block != 64) {
        fail_usage("a block of " + std::to_string(o.block) + " is not supported; choose 16, 32 or 64");
    }
    const int64_t n_blocks = (shape.n_in + o.block - 1) / o.block;
    if (n_blocks > 65536) {
        fail_usage("rows of " + std::to_string(shape.n_in) + " inputs have too many blocks of " +
                   std::to_string(o.block) + "; choose a larger block");
    }
    if (o.k < o.block || o.k % o.block != 0 || o.k / o.block > n_blocks) {
        fail_usage("K = " + std::to_string(o.k) + " does not fit rows of " + std::to_string(shape.n_in) +
                   " inputs in blocks of " + std::to_string(o.block) + "; choose a multiple of " +
                   std::to_string(o.block) + " up to " + std::to_string(n_blocks * o.block));
    }
    const int64_t kept = o.k / o.block;
    params["K"] = uint64_t(o.k);
    params["block"] = uint64_t(o.block);
    out.push_back({ "b_map", elem::i16, { kept, shape.n_out, 1 } });
    out.push_back({ "b_val", o.value_elem(), { o.block, kept, shape.n_out } });
    if (o.values == SD_VALUE_I8) {
        out.push_back({ "b_scale", elem::f16, { kept, shape.n_out, 1 } });
    }
}

namespace {

struct ranked_block {
    double  energy;
    int64_t index;

    bool operator<(const ranked_block & other) const { // "comes first": a total order
        return energy != other.energy ? energy > other.energy : index < other.index;
    }
};

} // namespace

static void encode_rows(const residual_job & job, stored_payload & out) {
    const int64_t    n = job.w.n_in();
    const int64_t    block = job.options.block;
    const int64_t    kept = job.options.k / block;
    const int64_t    n_blocks = (n + block - 1) / block;
    const float *    m = job.w.importance();
    uint16_t * const map = out.data<uint16_t>("b_map");
    uint16_t * const val_f16 = out.data<uint16_t>("b_val");
    int8_t * const   val_i8 = out.data<int8_t>("b_val");
    uint16_t * const scale = out.data<uint16_t>("b_scale");

    parallel_rows(job.w.n_out(), job.options.n_threads, [&](int64_t, int64_t first, int64_t last) {
        std::vector<float>        r(static_cast<size_t>(n));
        std::vector<ranked_block> blocks(static_cast<size_t>(n_blocks));
        std::vector<uint32_t>     inputs;
        kept_refit                refit(job.refit_moments());
        for (int64_t row = first; row < last; ++row) {
            job.row(row, r.data());
            for (int64_t b = 0; b < n_blocks; ++b) {
                double energy = 0.0;
                for (int64_t c = b * block; c < std::min(n, (b + 1) * block); ++c) {
                    energy += (m ? double(m[c]) : 1.0) * (double(r[size_t(c)]) * double(r[size_t(c)]));
                }
                blocks[size_t(b)] = { energy, b };
            }
            if (kept < n_blocks) {
                std::nth_element(blocks.begin(), blocks.begin() + kept, blocks.end());
            }
            std::sort(blocks.begin(), blocks.begin() + kept,
                      [](const ranked_block & a, const ranked_block & b) { return a.index < b.index; });
            inputs.clear();
            for (int64_t j = 0; j < kept; ++j) {
                const int64_t begin = blocks[size_t(j)].index * block;
                for (int64_t c = begin; c < std::min(n, begin + block); ++c) {
                    inputs.push_back(uint32_t(c));
                }
            }
            refit.row(r.data(), inputs.data(), int64_t(inputs.size()));
            for (int64_t j = 0; j < kept; ++j) {
                const int64_t slot = row * kept + j;
                const int64_t c = blocks[size_t(j)].index * block;
                const int64_t length = std::min(block, n - c);
                map[slot] = uint16_t(blocks[size_t(j)].index);
                if (scale) {
                    scale[slot] = store_i8(job.w, row, r.data() + c, m ? m + c : nullptr, length, val_i8 + slot * block);
                } else {
                    store_f16(job.w, row, r.data() + c, length, val_f16 + slot * block);
                }
            }
        }
        job.watch.add((last - first) * n);
    });
}

static double ops_per_row(const payload & p) {
    return double(std::min<uint64_t>(uint64_t(p.n_in), p.param_u64("K", 1, UINT64_MAX)));
}

extern const residual_encoder encode_block;
const residual_encoder        encode_block = { layout, encode_rows, ops_per_row };

} // namespace seeddelta
