#include "../codec/terms.h"
#include "encoder.h"
#include "failure.h"

#include <cstring>

namespace seeddelta {

static std::string bounded(const char * text, size_t size) {
    return std::string(text, strnlen(text, size));
}

encode_options encode_options::from(const sd_encode_params & p) {
    encode_options o;
    o.base = bounded(p.base, sizeof p.base);
    o.scheme = bounded(p.scheme, sizeof p.scheme);
    find_base_encoder(o.base);
    find_residual_encoder(o.scheme);
    o.seed = p.seed;
    o.k = p.k;
    o.block = p.block;
    if (p.value_type != SD_VALUE_F16 && p.value_type != SD_VALUE_I8) {
        fail_usage("unknown value type " + std::to_string(p.value_type));
    }
    o.values = sd_value_type(p.value_type);
    if (p.row_scale != SD_ROW_SCALE_NONE && p.row_scale != SD_ROW_SCALE_F16 && p.row_scale != SD_ROW_SCALE_F32) {
        fail_usage("unknown row scale " + std::to_string(p.row_scale));
    }
    o.row_scale = sd_row_scale(p.row_scale);
    o.refit = p.refit != 0;
    o.base_length = p.base_length;
    o.base_stacks = p.base_stacks;
    o.base_depth = p.base_depth == 0 ? 1 : p.base_depth;
    o.base_samples = p.base_samples;
    o.base_perm_trials = p.base_perm_trials == 0 ? 1 : p.base_perm_trials;
    if (o.base_length < 0 || o.base_stacks < 0 || o.base_samples < 0) {
        fail_usage("length, stacks and samples of a base must not be negative");
    }
    if (o.base_depth < 1 || o.base_depth > 64) {
        fail_usage("a base of depth " + std::to_string(o.base_depth) + " is not supported; choose 1 to 64");
    }
    if (o.base_perm_trials < 1 || o.base_perm_trials > 65536) {
        fail_usage("base_perm_trials must be from 1 to 65536");
    }
    o.seed_search = p.base_seed_search;
    o.seed_block = p.base_seed_block == 0 ? o.seed_block : p.base_seed_block;
    if (o.seed_search < 0 || o.seed_search > prng_block_term::max_seeds) {
        fail_usage("a search through " + std::to_string(o.seed_search) + " seeds is not supported; choose 0 to " +
                   std::to_string(prng_block_term::max_seeds));
    }
    if (o.seed_block < 4 || o.seed_block > prng_block_term::max_searched || o.seed_block % 4 != 0) {
        fail_usage("seeds for blocks of " + std::to_string(o.seed_block) +
                   " inputs are not supported; choose a multiple of 4 up to " +
                   std::to_string(prng_block_term::max_searched));
    }
    o.atoms = p.atoms;
    o.bits = p.bits;
    o.n_threads = p.n_threads;
    return o;
}

void payload_layout(const weight_shape & shape, const encode_options & o, std::vector<tensor_layout> & tensors,
                    std::map<std::string, param_value> & params) {
    if (shape.n_out < 1 || shape.n_in < 1 || shape.n_out > INT32_MAX || shape.n_in > INT32_MAX) {
        fail_usage("a weight of " + std::to_string(shape.n_out) + " x " + std::to_string(shape.n_in) +
                   " is impossible");
    }
    if (o.row_scale != SD_ROW_SCALE_NONE) {
        tensors.push_back({ "row_scale", o.row_scale == SD_ROW_SCALE_F16 ? elem::f16 : elem::f32,
                            { shape.n_out, 1, 1 } });
    }
    find_base_encoder(o.base).layout(shape, o, tensors);
    find_residual_encoder(o.scheme).layout(shape, o, tensors, params);
}

} // namespace seeddelta
