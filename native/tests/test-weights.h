#pragma once

#include "../builder/encoder.h"
#include "../builder/exact-math.h"

#include <cstring>

/// Gaussian weights whose rows differ in size, as rows of real weights do.
inline seeddelta::dense_weight make_weight(int64_t n_out, int64_t n_in, uint64_t seed = 1,
                                           const std::string & name = "blk.0.ffn_up") {
    std::vector<float> values(size_t(n_out * n_in));
    for (int64_t r = 0; r < n_out; ++r) {
        const seeddelta::gaussian_stream g(seed, "test weight", r);
        for (int64_t c = 0; c < n_in; ++c) {
            values[size_t(r * n_in + c)] = float(g.at(uint32_t(c)) * 0.02 * double(r % 7 + 1));
        }
    }
    return seeddelta::dense_weight(name, n_out, n_in, std::move(values));
}

/// Importance that varies over four orders of magnitude.
inline std::vector<float> make_importance(int64_t n_in, uint64_t seed = 3) {
    std::vector<float>               m(static_cast<size_t>(n_in));
    const seeddelta::gaussian_stream g(seed, "test importance", 0);
    for (int64_t c = 0; c < n_in; ++c) {
        m[size_t(c)] = float(seeddelta::exact_exp(2.0 * g.at(uint32_t(c))));
    }
    return m;
}

inline sd_encode_params make_params(const char * scheme, int k, int block = 0, sd_value_type values = SD_VALUE_F16,
                                    const char * base = "none", sd_row_scale row_scale = SD_ROW_SCALE_F16,
                                    int n_threads = 1) {
    sd_encode_params p;
    std::memset(&p, 0, sizeof p);
    std::strncpy(p.base, base, sizeof p.base - 1);
    std::strncpy(p.scheme, scheme, sizeof p.scheme - 1);
    p.seed = 42;
    p.k = k;
    p.block = block;
    p.value_type = values;
    p.row_scale = row_scale;
    p.n_threads = n_threads;
    return p;
}

/// Base fht_struct with these sizes.
inline sd_encode_params with_stacks(sd_encode_params p, int length, int stacks, int depth, int samples = 0, int trials = 0) {
    std::strcpy(p.base, "fht_struct");
    p.base_length = length;
    p.base_stacks = stacks;
    p.base_depth = depth;
    p.base_samples = samples;
    p.base_perm_trials = trials;
    return p;
}

/// Base prng_block with a seed search.
inline sd_encode_params with_search(sd_encode_params p, int n_seeds, int inputs) {
    std::strcpy(p.base, "prng_block");
    p.base_seed_search = n_seeds;
    p.base_seed_block = inputs;
    return p;
}

/// Base trellis.
inline sd_encode_params with_bits(sd_encode_params p, float bits) {
    std::strcpy(p.base, "trellis");
    p.bits = bits;
    return p;
}

/// Scheme codebook.
inline sd_encode_params with_atoms(sd_encode_params p, int atoms) {
    std::strcpy(p.scheme, "codebook");
    p.atoms = atoms;
    return p;
}

inline std::shared_ptr<const seeddelta::stored_payload> encode_with(const seeddelta::dense_weight & w,
                                                                    const sd_encode_params &       p) {
    const auto                options = seeddelta::encode_options::from(p);
    const seeddelta::progress watch(nullptr);
    return seeddelta::encode(w, *seeddelta::fit_base(w, options, watch), options, watch);
}

/// Ŵ through the codec.
inline std::vector<float> decode_all(const seeddelta::stored_payload & s) {
    const auto         w = seeddelta::weight::open(s.view);
    std::vector<float> out(size_t(w->n_out() * w->n_in()));
    for (int64_t r = 0; r < w->n_out(); ++r) {
        w->decode_row(r, out.data() + r * w->n_in());
    }
    return out;
}
