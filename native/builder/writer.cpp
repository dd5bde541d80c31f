#include "writer.h"

#include "../codec/weight.h"
#include "../runtime/payload-reader.h"
#include "dense.h"
#include "failure.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

namespace seeddelta {

/// Of every file the writer makes: ggml's writer knows no other.
static constexpr int64_t alignment = GGUF_DEFAULT_ALIGNMENT;

static int64_t padded(int64_t n) {
    return (n + alignment - 1) / alignment * alignment;
}

static ggml_type ggml_type_of(elem type) {
    switch (type) {
        case elem::f32: return GGML_TYPE_F32;
        case elem::f16: return GGML_TYPE_F16;
        case elem::i8:  return GGML_TYPE_I8;
        case elem::i16: return GGML_TYPE_I16;
        case elem::i32: return GGML_TYPE_I32;
    }
    return GGML_TYPE_COUNT;
}

writer::writer(const model & source) : source_(source), existing_(model_payload_names(source)) {}

void writer::set(const std::string & key, key_setter apply) {
    if (key.empty() || key.size() > 65535) {
        fail_usage("a metadata key must have 1 to 65535 bytes");
    }
    if (key == GGUF_KEY_GENERAL_ALIGNMENT) {
        fail_usage("the key '" + key + "' is set by the writer");
    }
    keys_.emplace_back(key, std::move(apply));
}

void writer::add_payload(const std::string & tensor, std::shared_ptr<const stored_payload> payload, bool strip) {
    std::string digest = payload->digest_hex();
    place_payload(tensor, std::move(payload), strip, std::move(digest));
}

void writer::drop_payload(const std::string & name) {
    const auto it = std::find(existing_.begin(), existing_.end(), name);
    if (it == existing_.end()) {
        fail_input(source_.path() + ": has no payload for '" + name + "'");
    }
    if (source_.find(name + ".weight") < 0) {
        fail_input(source_.path() + ": without its payload, '" + name + "' would be gone; its dense tensor was stripped");
    }
    dropped_.push_back(name);
    existing_.erase(it);
}

/// Names and kinds of the keys that a fitted base leaves behind depend on its kind and options, their values on the
/// weight; a few rows of zeros show the names.
static std::map<std::string, param_value> base_keys(const std::string & name, const weight_shape & shape,
                                                    const encode_options & options) {
    const int64_t      rows = std::min<int64_t>(shape.n_out, 32);
    const dense_weight zeros(name, rows, shape.n_in, std::vector<float>(size_t(rows * shape.n_in)));
    encode_options     few = options;
    few.base_stacks = 0; // as many as these rows take
    few.base_perm_trials = 1;
    return fit_base(zeros, few, progress(nullptr))->params;
}

void writer::plan_payload(const std::string & tensor, const encode_options & options, bool strip) {
    const int64_t id = source_.find(tensor);
    if (id < 0) {
        fail_input(source_.path() + ": has no tensor '" + tensor + "'");
    }
    const tensor_place & dense = source_.tensors()[size_t(id)];
    const weight_shape   shape{ dense.ne[1], dense.ne[0] };
    auto                 made = std::make_shared<stored_payload>();
    payload &            v = made->view;
    v.name = weight_name(tensor);
    v.n_out = shape.n_out;
    v.n_in = shape.n_in;
    v.base_kind = options.base;
    v.scheme = options.scheme;
    v.params = base_keys(v.name, shape, options);
    std::vector<tensor_layout> layout;
    payload_layout(shape, options, layout, v.params);
    for (const auto & t : layout) {
        tensor_view planned;
        planned.suffix = t.suffix;
        planned.type = t.type;
        std::memcpy(planned.ne, t.ne, sizeof planned.ne);
        planned.data = nullptr;
        v.tensors.push_back(std::move(planned));
    }
    place_payload(tensor, std::move(made), strip, std::string(64, '0'));
    planned_only_ = true;
}

void writer::place_payload(const std::string & tensor, std::shared_ptr<const stored_payload> payload, bool strip,
                           std::string digest) {
    if (restoring_) {
        fail_usage("a file is either restored or given payloads, not both");
    }
    const std::string name = weight_name(tensor);
    const auto &      v = payload->view;
    std::string       owner, suffix;
    if (!split_payload_tensor_name(name + ".row_scale", owner, suffix)) {
        fail_input("tensor '" + tensor + "' is not a weight of a block (blk.N.*.weight)");
    }
    if (v.name != name) {
        fail_input("the payload was made for '" + v.name + "', not for '" + name + "'");
    }
    placed place{ std::move(payload), strip, source_.find(tensor), "" };
    if (place.position < 0) {
        fail_input(source_.path() + ": has no tensor '" + tensor + "' to put a payload in the place of");
    }
    const tensor_place & dense = source_.tensors()[size_t(place.position)];
    if (dense.ne[0] != v.n_in || dense.ne[1] != v.n_out || dense.ne[2] != 1 || dense.ne[3] != 1) {
        fail_input("the payload of '" + name + "' is " + std::to_string(v.n_out) + " x " + std::to_string(v.n_in) +
                   ", the tensor is " + std::to_string(dense.ne[1]) + " x " + std::to_string(dense.ne[0]));
    }
    for (const auto & t : v.tensors) {
        if (name.size() + 1 + t.suffix.size() >= GGML_MAX_NAME) {
            fail_input("tensor '" + tensor + "' has a name too long for payload tensors beside it");
        }
    }
    place.digest = std::move(digest);
    payloads_[name] = std::move(place);
}

void writer::restore(ggml_type type) {
    if (!payloads_.empty()) {
        fail_usage("a file is either restored or given payloads, not both");
    }
    if (existing_.empty()) {
        fail_input(source_.path() + ": has no SeedDelta payloads, there is nothing to restore");
    }
    for (const auto & name : existing_) {
        weight::open(read_model_payload(source_, name)->view); // sizes below rely on it
    }
    restoring_ = true;
    restore_type_ = type;
}

std::vector<std::string> writer::weights_in_order() const {
    std::vector<std::string> names;
    for (const auto & p : payloads_) {
        names.push_back(p.first);
    }
    std::sort(names.begin(), names.end(), [&](const std::string & a, const std::string & b) {
        return payloads_.at(a).position < payloads_.at(b).position;
    });
    return names;
}

static output_tensor copy_of(const tensor_place & place, int64_t id) {
    output_tensor t;
    t.name = place.name;
    t.type = place.type;
    std::memcpy(t.ne, place.ne, sizeof t.ne);
    t.size = place.size;
    t.source_id = id;
    return t;
}

/// What stands in the new file where tensor `id` stood in the source.
void writer::place_source(int64_t id, std::vector<output_tensor> & out) const {
    const tensor_place & place = source_.tensors()[size_t(id)];
    std::string          owner, suffix;
    const bool           of_payload = split_payload_tensor_name(place.name, owner, suffix) &&
                            std::find(existing_.begin(), existing_.end(), owner) != existing_.end();
    if (std::find(dropped_.begin(), dropped_.end(), owner) != dropped_.end() && place.name != owner + ".weight") {
        return;
    }
    if (of_payload && payloads_.count(owner) != 0) {
        return; // replaced by a new payload
    }
    if (of_payload && restoring_) {
        const std::string dense = owner + ".weight";
        const bool        done = std::any_of(out.begin(), out.end(), [&](const auto & t) { return t.name == dense; });
        if (done || source_.find(dense) >= 0) {
            return;
        }
        const payload p = read_payload_keys(source_.header(), owner);
        output_tensor t;
        t.name = dense;
        t.type = restore_type_;
        t.ne[0] = p.n_in;
        t.ne[1] = p.n_out;
        t.size = p.n_in * p.n_out * int64_t(ggml_type_size(restore_type_));
        t.decoded = owner;
        out.push_back(std::move(t));
        return;
    }
    const size_t n = place.name.size() < 7 ? 0 : place.name.size() - 7;
    const auto   it = payloads_.find(place.name.substr(0, n));
    if (it == payloads_.end() || it->second.position != id) {
        out.push_back(copy_of(place, id));
        return;
    }
    if (!it->second.strip) {
        out.push_back(copy_of(place, id));
    }
    for (const auto & v : it->second.payload->view.tensors) {
        output_tensor t;
        t.name = it->first + "." + v.suffix;
        t.type = ggml_type_of(v.type);
        std::memcpy(t.ne, v.ne, sizeof v.ne);
        t.size = int64_t(v.size_bytes());
        t.payload_data = v.data;
        out.push_back(std::move(t));
    }
}

std::vector<output_tensor> writer::place_tensors() const {
    std::vector<output_tensor> out;
    for (size_t i = 0; i < source_.tensors().size(); ++i) {
        place_source(int64_t(i), out);
    }
    std::unordered_set<std::string> names;
    for (const auto & t : out) {
        if (!names.insert(t.name).second) {
            fail_input("the new file would hold tensor '" + t.name + "' twice");
        }
    }
    return out;
}

/// A tensor that ggml only reads the header of.
static ggml_tensor header_tensor(const output_tensor & t) {
    ggml_tensor h;
    std::memset(&h, 0, sizeof h);
    h.type = t.type;
    std::memcpy(h.ne, t.ne, sizeof h.ne);
    h.nb[0] = ggml_type_size(t.type);
    h.nb[1] = ggml_row_size(t.type, t.ne[0]);
    h.nb[2] = h.nb[1] * size_t(t.ne[1]);
    h.nb[3] = h.nb[2] * size_t(t.ne[2]);
    std::memcpy(h.name, t.name.data(), t.name.size());
    return h;
}

output_plan writer::make_plan(const std::string & source_sha256) const {
    output_plan out;
    out.tensors = place_tensors();
    const gguf_ptr kv = make_keys(source_sha256);
    for (const auto & t : out.tensors) {
        const ggml_tensor h = header_tensor(t);
        gguf_add_tensor(kv.get(), &h);
    }
    out.header.resize(gguf_get_meta_size(kv.get()));
    gguf_get_meta_data(kv.get(), out.header.data());
    out.size = int64_t(out.header.size());
    for (const auto & t : out.tensors) {
        out.size += padded(t.size);
    }
    return out;
}

output_plan writer::plan() const {
    return make_plan(std::string(64, '0'));
}

} // namespace seeddelta
