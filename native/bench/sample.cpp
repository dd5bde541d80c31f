#include "sample.h"

#include "../builder/encoder.h"
#include "../codec/registry.h"

#include <cstring>
#include <random>
#include <stdexcept>

namespace seeddelta {

namespace {

constexpr int64_t encoded_rows = 256;

encode_options options_of(const sample_kind & kind) {
    sd_encode_params p = {};
    std::strncpy(p.base, kind.base.c_str(), sizeof p.base - 1);
    std::strncpy(p.scheme, kind.scheme.c_str(), sizeof p.scheme - 1);
    p.seed = 1;
    p.block = 32;
    p.atoms = 256;
    p.bits = float(kind.bits);
    p.value_type = kind.i8 ? SD_VALUE_I8 : SD_VALUE_F16;
    p.row_scale = SD_ROW_SCALE_F16;
    return encode_options::from(p);
}

std::vector<tensor_layout> layout_of(int64_t n_out, int64_t n_in, const encode_options & o) {
    std::vector<tensor_layout> layout;
    std::map<std::string, param_value> params;
    payload_layout({ n_out, n_in }, o, layout, params);
    return layout;
}

int64_t total_bytes(const std::vector<tensor_layout> & layout) {
    int64_t sum = 0;
    for (const auto & t : layout) {
        sum += t.size_bytes();
    }
    return sum;
}

/// As many kept weights per row as `bits` pay for, at least one block.
void choose_k(int64_t n_out, int64_t n_in, double bits, encode_options & o) {
    const double budget = bits / 8.0 * double(n_out) * double(n_in);
    o.k = o.block;
    for (int64_t k = 2 * o.block; k <= n_in; k += o.block) {
        o.k = k;
        if (double(total_bytes(layout_of(n_out, n_in, o))) > budget) {
            o.k = k - o.block;
            break;
        }
    }
}

/// The rows of `small` again and again. A tensor grows with the rows along its last dimension, or not at all.
void repeat(const tensor_view & small, const tensor_layout & large, uint8_t * out) {
    const size_t bytes = small.size_bytes();
    if (size_t(large.size_bytes()) % bytes != 0) {
        throw std::runtime_error("payload tensor '" + large.suffix + "' does not repeat with the rows");
    }
    for (size_t at = 0; at < size_t(large.size_bytes()); at += bytes) {
        std::memcpy(out + at, small.data, bytes);
    }
}

} // namespace

/// Whole rates, for a base whose payload grows with them; else the one rate 0.
static std::vector<int> rates_of(const char * base) {
    const auto bytes = [&](int bits) {
        std::vector<tensor_layout> layout;
        find_base_encoder(base).layout({ 256, 256 }, options_of({ base, "coo", false, bits }), layout);
        return total_bytes(layout);
    };
    return bytes(2) == bytes(4) ? std::vector<int>{ 0 } : std::vector<int>{ 1, 2, 3, 4 };
}

/// False for a scheme that stores one value type whatever is asked for.
static bool stores_i8(const char * base, const char * scheme) {
    const auto bytes = [&](bool i8) {
        encode_options o = options_of({ base, scheme, i8, 2 });
        o.k = o.block;
        return total_bytes(layout_of(256, 256, o));
    };
    return bytes(true) != bytes(false);
}

std::vector<sample_kind> sample_kinds() {
    std::vector<sample_kind> kinds;
    for (const auto & base : base_rows()) {
        for (const int bits : rates_of(base.name)) {
            for (const auto & scheme : scheme_rows()) {
                for (const bool i8 : { false, true }) {
                    const sample_kind kind{ base.name, scheme.name, i8, bits };
                    const bool wanted =
                        bits == 0 || bits == 2 || kind.name() == std::string(base.name) + "-" + std::to_string(bits);
                    if (i8 && !stores_i8(base.name, scheme.name)) {
                        continue;
                    }
                    if (wanted && kind.name() != "none" && (kinds.empty() || kinds.back().name() != kind.name())) {
                        kinds.push_back(kind); // no term at all is no weight
                    }
                }
            }
        }
    }
    return kinds;
}

std::shared_ptr<const stored_payload> make_sample(const sample_kind & kind, int64_t n_out, int64_t n_in, double bits) {
    const int64_t few = std::min(encoded_rows, n_out);
    encode_options o = options_of(kind);
    choose_k(n_out, n_in, bits, o);

    std::mt19937 rng(1);
    std::normal_distribution<float> gauss(0.0f, 0.02f);
    std::vector<float> values(size_t(few * n_in));
    for (auto & v : values) {
        v = gauss(rng);
    }
    const dense_weight w("blk.0.ffn_gate", few, n_in, std::move(values));
    const progress nobody(nullptr);
    const auto small = encode(w, *fit_base(w, o, nobody), o, nobody);

    auto out = std::make_shared<stored_payload>();
    std::vector<tensor_layout> layout;
    out->view.name = small->view.name;
    out->view.n_out = n_out;
    out->view.n_in = n_in;
    out->view.base_kind = small->view.base_kind;
    out->view.scheme = small->view.scheme;
    payload_layout({ n_out, n_in }, o, layout, out->view.params);
    for (const auto & it : small->view.params) {
        out->view.params[it.first] = it.second;
    }
    out->allocate(layout);
    for (const auto & t : layout) {
        repeat(*small->view.find(t.suffix), t, out->data<uint8_t>(t.suffix));
    }
    return out;
}

std::shared_ptr<const stored_payload> copy_of(const stored_payload & payload) {
    auto out = std::make_shared<stored_payload>();
    std::vector<tensor_layout> layout;
    for (const auto & t : payload.view.tensors) {
        layout.push_back({ t.suffix, t.type, { t.ne[0], t.ne[1], t.ne[2] } });
    }
    out->view = payload.view;
    out->view.tensors.clear();
    out->allocate(layout);
    for (const auto & t : payload.view.tensors) {
        std::memcpy(out->data<uint8_t>(t.suffix), t.data, t.size_bytes());
    }
    return out;
}

} // namespace seeddelta
