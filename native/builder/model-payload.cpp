#include "model-payload.h"

#include "../codec/weight.h"
#include "../runtime/payload-reader.h"
#include "failure.h"

#include <algorithm>

namespace seeddelta {

std::vector<std::string> model_payload_names(const model & source) {
    try {
        return payload_names(source.header());
    } catch (const format_error & e) {
        fail_input(source.path() + ": " + e.what());
    }
}

int64_t weight_inputs(const model & source, const std::string & weight) {
    const int64_t id = source.find(weight);
    if (id >= 0) {
        return source.tensors()[size_t(id)].ne[0];
    }
    const std::string suffix = ".weight";
    for (const auto & name : model_payload_names(source)) {
        if (name + suffix == weight) {
            return read_payload_keys(source.header(), name).n_in;
        }
    }
    return -1;
}

std::unique_ptr<const model_payload> read_model_payload(const model & source, const std::string & name) {
    auto out = std::make_unique<model_payload>();
    out->view = read_payload_keys(source.header(), name);

    size_t total = 0;
    for (size_t i = 0; i < source.tensors().size(); ++i) {
        const tensor_place & place = source.tensors()[i];
        std::string          owner;
        tensor_view          t;
        if (!split_payload_tensor_name(place.name, owner, t.suffix) || owner != name) {
            continue;
        }
        if (place.ne[3] != 1) {
            out->view.fail("payload tensor '" + t.suffix + "' has four dimensions");
        }
        t.type = elem_from_ggml(place.type, place.name);
        for (int d = 0; d < 3; ++d) {
            t.ne[d] = place.ne[d];
        }
        out->view.tensors.push_back(std::move(t));
        out->tensor_ids.push_back(int64_t(i));
        total += (size_t(place.size) + 63) / 64 * 64;
    }
    out->memory.resize(total);
    size_t at = 0;
    for (size_t i = 0; i < out->tensor_ids.size(); ++i) {
        const tensor_place & place = source.tensors()[size_t(out->tensor_ids[i])];
        source.read(place, out->memory.data() + at);
        out->view.tensors[i].data = out->memory.data() + at;
        at += (size_t(place.size) + 63) / 64 * 64;
    }
    return out;
}

static double norm_of(const payload & p, const char * key) {
    const auto it = p.params.find(key);
    const auto * value = it == p.params.end() ? nullptr : std::get_if<double>(&it->second);
    return value == nullptr ? 0.0 : *value;
}

std::shared_ptr<const stored_payload> payload_of_model(const model & source, const std::string & name) {
    const auto names = model_payload_names(source);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        fail_input(source.path() + ": has no payload for '" + name + "'");
    }
    std::shared_ptr<const model_payload> loaded = read_model_payload(source, name);
    weight::open(loaded->view);

    auto out = std::make_shared<stored_payload>();
    out->view = loaded->view;
    out->norms = { norm_of(out->view, "norm_w"), norm_of(out->view, "norm_hat"), norm_of(out->view, "norm_err"),
                   norm_of(out->view, "norm_err_w") };
    out->adopt(std::move(loaded));
    return out;
}

} // namespace seeddelta
