#include "model-payload.h"

#include "../runtime/payload-reader.h"

namespace seeddelta {

std::vector<std::string> model_payload_names(const model & source) {
    return payload_names(source.header());
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

} // namespace seeddelta
