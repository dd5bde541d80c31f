#include "payload-reader.h"

#include "../codec/registry.h"
#include "ggml.h"
#include "gguf.h"

#include <cstring>

namespace seeddelta {

namespace {

const std::string prefix = "seeddelta.";

bool read_value(const gguf_context * gguf, int64_t id, param_value & out) {
    switch (gguf_get_kv_type(gguf, id)) {
        case GGUF_TYPE_UINT8:   out = uint64_t(gguf_get_val_u8(gguf, id)); return true;
        case GGUF_TYPE_UINT16:  out = uint64_t(gguf_get_val_u16(gguf, id)); return true;
        case GGUF_TYPE_UINT32:  out = uint64_t(gguf_get_val_u32(gguf, id)); return true;
        case GGUF_TYPE_UINT64:  out = gguf_get_val_u64(gguf, id); return true;
        case GGUF_TYPE_FLOAT32: out = double(gguf_get_val_f32(gguf, id)); return true;
        case GGUF_TYPE_FLOAT64: out = gguf_get_val_f64(gguf, id); return true;
        case GGUF_TYPE_STRING:  out = std::string(gguf_get_val_str(gguf, id)); return true;
        case GGUF_TYPE_BOOL:    out = uint64_t(gguf_get_val_bool(gguf, id) ? 1 : 0); return true;
        default:                return false;
    }
}

bool is_true(const gguf_context * gguf, const std::string & key) {
    const int64_t id = gguf_find_key(gguf, key.c_str());
    return id >= 0 && gguf_get_kv_type(gguf, id) == GGUF_TYPE_BOOL && gguf_get_val_bool(gguf, id);
}

/// Global keys that stand in for a weight's own ones, and the names the weight uses.
constexpr struct {
    const char * global;
    const char * own;
} defaults[] = {
    { "scheme", "scheme" },       { "base.kind", "base.kind" }, { "base.seed", "base.seed" },
    { "base.scale", "base.scale" }, { "resid.K", "K" },           { "resid.block", "block" },
    { "row_scale", "row_scale" },
};

std::string take_name(payload & p, const char * key) {
    const auto it = p.params.find(key);
    const auto * text = it == p.params.end() ? nullptr : std::get_if<std::string>(&it->second);
    if (text == nullptr) {
        p.fail(std::string("key '") + key + "' is missing or not a string");
    }
    std::string value = *text;
    p.params.erase(it);
    return value;
}

} // namespace

std::vector<std::string> payload_names(const gguf_context * gguf) {
    std::vector<std::string> names;
    if (!is_true(gguf, prefix + "enabled")) {
        return names;
    }
    const int64_t version_id = gguf_find_key(gguf, (prefix + "version").c_str());
    if (version_id < 0 || gguf_get_kv_type(gguf, version_id) != GGUF_TYPE_UINT32) {
        throw format_error("seeddelta.version is missing or not a u32");
    }
    const uint32_t version = gguf_get_val_u32(gguf, version_id);
    if (version != format_version) {
        throw format_error("seeddelta.version is " + std::to_string(version) + ", this build reads version " +
                           std::to_string(format_version));
    }
    static const std::string suffix = ".enabled";
    for (int64_t id = 0; id < gguf_get_n_kv(gguf); ++id) {
        const std::string key = gguf_get_key(gguf, id);
        if (key.size() <= prefix.size() + suffix.size() || key.compare(0, prefix.size(), prefix) != 0 ||
            key.compare(key.size() - suffix.size(), suffix.size(), suffix) != 0 || !is_true(gguf, key)) {
            continue;
        }
        names.push_back(key.substr(prefix.size(), key.size() - prefix.size() - suffix.size()));
    }
    return names;
}

payload read_payload_keys(const gguf_context * gguf, const std::string & name) {
    payload p;
    p.name = name;
    for (const auto & d : defaults) {
        const int64_t id = gguf_find_key(gguf, (prefix + d.global).c_str());
        param_value   value;
        if (id >= 0 && read_value(gguf, id, value)) {
            p.params[d.own] = value;
        }
    }
    const std::string own = prefix + name + ".";
    for (int64_t id = 0; id < gguf_get_n_kv(gguf); ++id) {
        const char * key = gguf_get_key(gguf, id);
        param_value  value;
        if (std::strncmp(key, own.c_str(), own.size()) == 0 && read_value(gguf, id, value)) {
            p.params[key + own.size()] = value;
        }
    }
    p.scheme = take_name(p, "scheme");
    p.base_kind = take_name(p, "base.kind");
    p.n_out = int64_t(p.param_u64("n_out", 1, INT32_MAX));
    p.n_in = int64_t(p.param_u64("n_in", 1, INT32_MAX));
    return p;
}

bool split_payload_tensor_name(const std::string & tensor, std::string & weight_name, std::string & suffix) {
    const size_t dot = tensor.rfind('.');
    if (dot == std::string::npos || tensor.compare(0, 4, "blk.") != 0 || !is_payload_suffix(tensor.substr(dot + 1))) {
        return false;
    }
    weight_name = tensor.substr(0, dot);
    suffix = tensor.substr(dot + 1);
    return true;
}

elem elem_from_ggml(int ggml_type, const std::string & tensor) {
    switch (ggml_type) {
        case GGML_TYPE_F32: return elem::f32;
        case GGML_TYPE_F16: return elem::f16;
        case GGML_TYPE_I8:  return elem::i8;
        case GGML_TYPE_I16: return elem::i16;
        case GGML_TYPE_I32: return elem::i32;
        default:
            throw format_error(tensor + ": payload tensors are f32, f16, i8, i16 or i32, this one has ggml type " +
                               std::to_string(ggml_type));
    }
}

} // namespace seeddelta
