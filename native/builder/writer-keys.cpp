#include "../runtime/payload-reader.h"
#include "writer.h"

namespace seeddelta {

static const std::string prefix = "seeddelta.";

static bool starts_with(const std::string & text, const std::string & head) {
    return text.compare(0, head.size(), head) == 0;
}

bool writer::leaves(const std::string & key) const {
    if (key == GGUF_KEY_GENERAL_ALIGNMENT) {
        return true; // the writer aligns to ggml's default
    }
    if (restoring_) {
        return starts_with(key, prefix);
    }
    for (const auto & name : dropped_) {
        if (starts_with(key, prefix + name + ".")) {
            return true;
        }
    }
    if (!dropped_.empty() && existing_.empty() && payloads_.empty() && starts_with(key, prefix)) {
        return true; // an ordinary model again
    }
    for (const auto & p : payloads_) {
        if (starts_with(key, prefix + p.first + ".")) {
            return true;
        }
    }
    return false;
}

static void set_param(gguf_context * kv, const std::string & key, const param_value & value) {
    if (const auto * u = std::get_if<uint64_t>(&value)) {
        const std::string seed = ".seed";
        const bool        wide = key.size() > seed.size() && key.compare(key.size() - seed.size(), seed.size(), seed) == 0;
        wide || *u > UINT32_MAX ? gguf_set_val_u64(kv, key.c_str(), *u)
                                : gguf_set_val_u32(kv, key.c_str(), uint32_t(*u));
    } else if (const auto * d = std::get_if<double>(&value)) {
        gguf_set_val_f32(kv, key.c_str(), float(*d));
    } else {
        gguf_set_val_str(kv, key.c_str(), std::get<std::string>(value).c_str());
    }
}

void writer::set_weight_keys(gguf_context * kv, const std::string & name) const {
    const placed &    place = payloads_.at(name);
    const auto &      v = place.payload->view;
    const std::string own = prefix + name + ".";
    gguf_set_val_bool(kv, (own + "enabled").c_str(), true);
    gguf_set_val_bool(kv, (own + "strip_dense").c_str(), place.strip);
    gguf_set_val_str(kv, (own + "scheme").c_str(), v.scheme.c_str());
    gguf_set_val_str(kv, (own + "base.kind").c_str(), v.base_kind.c_str());
    for (const auto & param : v.params) {
        set_param(kv, own + param.first, param.second);
    }
    gguf_set_val_u32(kv, (own + "n_out").c_str(), uint32_t(v.n_out));
    gguf_set_val_u32(kv, (own + "n_in").c_str(), uint32_t(v.n_in));
    const auto & norms = place.payload->norms;
    gguf_set_val_f32(kv, (own + "norm_w").c_str(), float(norms.w));
    gguf_set_val_f32(kv, (own + "norm_hat").c_str(), float(norms.hat));
    gguf_set_val_f32(kv, (own + "norm_err").c_str(), float(norms.err));
    gguf_set_val_f32(kv, (own + "norm_err_w").c_str(), float(norms.err_w));
    gguf_set_val_str(kv, (own + "sha256").c_str(), place.digest.c_str());
}

void writer::set_format_keys(gguf_context * kv) const {
    const std::vector<std::string> names = weights_in_order();
    for (const auto & name : names) {
        set_weight_keys(kv, name);
    }
    std::vector<std::string> stripped;
    for (const auto & name : existing_) {
        if (payloads_.count(name) == 0 && source_.find(name + ".weight") < 0) {
            stripped.push_back(name + ".weight");
        }
    }
    for (const auto & name : names) {
        if (payloads_.at(name).strip) {
            stripped.push_back(name + ".weight");
        }
    }
    std::vector<const char *> pointers;
    for (const auto & name : stripped) {
        pointers.push_back(name.c_str());
    }
    gguf_set_val_bool(kv, (prefix + "enabled").c_str(), true);
    gguf_set_val_u32(kv, (prefix + "version").c_str(), format_version);
    gguf_set_val_bool(kv, (prefix + "strip_dense").c_str(), !stripped.empty());
    gguf_set_arr_str(kv, (prefix + "stripped").c_str(), pointers.data(), pointers.size());
}

void writer::set_restore_keys(gguf_context * kv, const std::string & source_sha256) const {
    std::vector<std::string> decoded;
    for (const auto & name : existing_) {
        if (source_.find(name + ".weight") < 0) {
            decoded.push_back(name + ".weight");
        }
    }
    std::vector<const char *> pointers;
    for (const auto & name : decoded) {
        pointers.push_back(name.c_str());
    }
    gguf_set_val_bool(kv, "restored.lossy", !decoded.empty());
    gguf_set_arr_str(kv, "restored.tensors", pointers.data(), pointers.size());
    gguf_set_val_str(kv, "restored.source_sha256", source_sha256.c_str());
}

/// The source's keys that stay, then those the caller set, then the format's own, which therefore always tell the truth.
gguf_ptr writer::make_keys(const std::string & source_sha256) const {
    gguf_ptr kv(gguf_init_empty());
    gguf_set_kv(kv.get(), source_.header());
    for (int64_t id = gguf_get_n_kv(kv.get()) - 1; id >= 0; --id) {
        const std::string key = gguf_get_key(kv.get(), id);
        if (leaves(key)) {
            gguf_remove_key(kv.get(), key.c_str());
        }
    }
    for (const auto & key : keys_) {
        key.second(kv.get());
    }
    if (restoring_) {
        set_restore_keys(kv.get(), source_sha256);
    } else if (!payloads_.empty()) {
        set_format_keys(kv.get());
    }
    return kv;
}

} // namespace seeddelta
