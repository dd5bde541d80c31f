#pragma once

#include "../codec/f16.h"
#include "../codec/trellis.h"
#include "../codec/weight.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <random>

/// A payload with random contents that owns its memory, for tests of decoders and kernels.
struct random_payload {
    seeddelta::payload               p;
    std::deque<std::vector<uint8_t>> memory;
    std::mt19937                     rng;

    random_payload(int64_t n_out, int64_t n_in, uint32_t seed) : rng(seed) {
        p.name = "blk.7.ffn_gate";
        p.n_out = n_out;
        p.n_in = n_in;
        std::vector<uint16_t> scale(n_out);
        for (auto & s : scale) {
            s = seeddelta::f32_to_f16(uniform(0.1f, 2.0f));
        }
        add("row_scale", seeddelta::elem::f16, { n_out }, scale);
    }

    float uniform(float low, float high) { return std::uniform_real_distribution<float>(low, high)(rng); }

    template <typename T>
    void add(const char * suffix, seeddelta::elem type, std::initializer_list<int64_t> ne, const std::vector<T> & values) {
        const auto * bytes = reinterpret_cast<const uint8_t *>(values.data());
        memory.emplace_back(bytes, bytes + values.size() * sizeof(T));
        seeddelta::tensor_view v;
        v.suffix = suffix;
        v.type = type;
        std::copy(ne.begin(), ne.end(), v.ne);
        v.data = memory.back().data();
        p.tensors.push_back(v);
    }

    random_payload & prng_base(float scale) {
        p.base_kind = "prng_block";
        p.params["base.seed"] = uint64_t(rng());
        p.params["base.scale"] = double(scale);
        return *this;
    }

    random_payload & searched_base(int64_t n_seeds, int64_t inputs) {
        prng_base(0.01f);
        p.params["base.seed_search"] = uint64_t(n_seeds);
        p.params["base.seed_block"] = uint64_t(inputs);
        const int64_t         n_blocks = (p.n_in + inputs - 1) / inputs;
        std::vector<uint16_t> seeds(size_t(n_blocks * p.n_out));
        std::vector<uint8_t>  theta(seeds.size());
        for (size_t i = 0; i < seeds.size(); ++i) {
            seeds[i] = uint16_t(int64_t(rng()) % n_seeds);
            theta[i] = uint8_t(rng());
        }
        add("base_seed", seeddelta::elem::i16, { n_blocks, p.n_out }, seeds);
        add("base_theta", seeddelta::elem::i8, { n_blocks, p.n_out }, theta);
        return *this;
    }

    random_payload & fht_base(int64_t length, int64_t stacks, int64_t depth) {
        p.base_kind = "fht_struct";
        p.params["base.seed"] = uint64_t(rng());
        p.params["base.scale"] = 0.37;
        p.params["base.depth"] = uint64_t(depth);
        std::vector<uint16_t> theta(size_t(length * stacks));
        for (auto & e : theta) {
            e = seeddelta::f32_to_f16(uniform(-3.0f, 3.0f));
        }
        add("base_theta", seeddelta::elem::f16, { length, stacks }, theta);
        return *this;
    }

    random_payload & trellis_base(seeddelta::trellis_family family, int step, int64_t row_block, int64_t rotation) {
        seeddelta::trellis_layout l;
        l.n_out = p.n_out;
        l.n_in = p.n_in;
        l.row_block = row_block;
        l.step = step;
        l.weights = seeddelta::trellis_weights(family);
        p.base_kind = "trellis";
        p.params["base.family"] = std::string(seeddelta::trellis_family_name(family));
        p.params["base.weights_per_window"] = uint64_t(l.weights);
        p.params["base.step"] = uint64_t(step);
        p.params["base.row_block"] = uint64_t(row_block);
        p.params["base.scale"] = 0.04;
        p.params["base.rotation.block"] = uint64_t(rotation);
        p.params["base.rotation.seed"] = uint64_t(rng());
        std::vector<uint16_t> words(size_t(l.total_words()));
        for (auto & w : words) {
            w = uint16_t(rng());
        }
        add("base_seed", seeddelta::elem::i16, { l.total_words() }, words);
        return *this;
    }

    random_payload & no_residual() {
        p.scheme = "none";
        return *this;
    }

    random_payload & coo(int64_t k, bool i8) {
        p.scheme = "coo";
        p.params["K"] = uint64_t(k);
        if (p.n_in > 65536) {
            add("d_idx", seeddelta::elem::i32, { k, p.n_out }, positions<uint32_t>(p.n_in, k));
        } else {
            add("d_idx", seeddelta::elem::i16, { k, p.n_out }, positions<uint16_t>(p.n_in, k));
        }
        values("d_val", { k, p.n_out }, k * p.n_out, "d_scale", { p.n_out }, p.n_out, i8);
        return *this;
    }

    random_payload & block(int64_t block, int64_t kept, bool i8) {
        p.scheme = "block";
        p.params["block"] = uint64_t(block);
        p.params["K"] = uint64_t(block * kept);
        add("b_map", seeddelta::elem::i16, { kept, p.n_out }, positions<uint16_t>((p.n_in + block - 1) / block, kept));
        values("b_val", { block, kept, p.n_out }, block * kept * p.n_out, "b_scale", { kept, p.n_out }, kept * p.n_out, i8);
        return *this;
    }

    random_payload & codebook(int64_t k, int64_t atoms) {
        p.scheme = "codebook";
        p.params["K"] = uint64_t(k);
        p.params["atoms"] = uint64_t(atoms);
        values("r_dict", { p.n_in, atoms }, p.n_in * atoms, "", {}, 0, false);
        add("r_codes", seeddelta::elem::i16, { k, p.n_out }, positions<uint16_t>(atoms, k));
        values("r_vals", { k, p.n_out }, k * p.n_out, "", {}, 0, false);
        return *this;
    }

  private:
    /// `k` distinct ascending positions below `limit` for every row.
    template <typename T> std::vector<T> positions(int64_t limit, int64_t k) {
        std::vector<int64_t> all(limit);
        std::iota(all.begin(), all.end(), 0);
        std::vector<T> out;
        for (int64_t r = 0; r < p.n_out; ++r) {
            std::shuffle(all.begin(), all.end(), rng);
            std::vector<int64_t> row(all.begin(), all.begin() + k);
            std::sort(row.begin(), row.end());
            out.insert(out.end(), row.begin(), row.end());
        }
        return out;
    }

    void values(const char * suffix, std::initializer_list<int64_t> ne, int64_t n, const char * scale_suffix,
                std::initializer_list<int64_t> scale_ne, int64_t n_scales, bool i8) {
        if (!i8) {
            std::vector<uint16_t> v(n);
            for (auto & e : v) {
                e = seeddelta::f32_to_f16(uniform(-3.0f, 3.0f));
            }
            add(suffix, seeddelta::elem::f16, ne, v);
            return;
        }
        std::vector<int8_t> v(n);
        for (auto & e : v) {
            e = int8_t(int(rng() % 255) - 127);
        }
        add(suffix, seeddelta::elem::i8, ne, v);
        std::vector<uint16_t> scale(n_scales);
        for (auto & s : scale) {
            s = seeddelta::f32_to_f16(uniform(0.001f, 0.03f));
        }
        add(scale_suffix, seeddelta::elem::f16, scale_ne, scale);
    }
};

/// ‖a‖
inline double norm(const float * a, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) {
        sum += double(a[i]) * a[i];
    }
    return std::sqrt(sum);
}
