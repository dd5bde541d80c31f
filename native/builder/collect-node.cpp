#include "collect-node.h"

#include "failure.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" // a function of that header has the name of its struct
#include <ggml-backend.h>
#pragma GCC diagnostic pop

#include <cstring>

namespace seeddelta {

std::string plain_weight_name(const char * name) {
    const char * start = std::strchr(name, '#');
    if (start == nullptr) {
        return name;
    }
    ++start;
    const char * end = std::strchr(start, '#');
    return end == nullptr ? std::string(start) : std::string(start, end);
}

bool parse_block_weight(const std::string & name, int & layer, std::string & kind) {
    static const std::string prefix = "blk.";
    static const std::string suffix = ".weight";
    if (name.compare(0, prefix.size(), prefix) != 0) {
        return false;
    }
    size_t at = prefix.size();
    int value = 0;
    for (; at < name.size() && name[at] >= '0' && name[at] <= '9'; ++at) {
        value = value * 10 + (name[at] - '0');
        if (value > 1000000) {
            return false;
        }
    }
    if (at == prefix.size() || at >= name.size() || name[at] != '.') {
        return false;
    }
    ++at;
    if (name.size() <= at + suffix.size() || name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0) {
        return false;
    }
    layer = value;
    kind = name.substr(at, name.size() - suffix.size() - at);
    return true;
}

std::string input_role(const std::string & kind) {
    if (kind == "ffn_gate" || kind == "ffn_up") {
        return "ffn_in";
    }
    if (kind == "ffn_down") {
        return "ffn_mid";
    }
    if (kind == "attn_q" || kind == "attn_k" || kind == "attn_v" || kind == "attn_qkv") {
        return "attn_in";
    }
    if (kind == "attn_output") {
        return "attn_mid";
    }
    return kind + "_in";
}

const char * host_bytes(const ggml_tensor * tensor, std::vector<char> & copy) {
    const ggml_backend_buffer_t buffer = tensor->view_src != nullptr ? tensor->view_src->buffer : tensor->buffer;
    if (buffer == nullptr || ggml_backend_buffer_is_host(buffer)) {
        return static_cast<const char *>(tensor->data);
    }
    copy.resize(ggml_nbytes(tensor));
    ggml_backend_tensor_get(tensor, copy.data(), 0, copy.size());
    return copy.data();
}

activations::activations(const ggml_tensor * src, std::vector<char> & copy) : src_(src), data_(nullptr) {
    if (src->type != GGML_TYPE_F32 || src->nb[0] != sizeof(float)) {
        fail_input("the activations '" + std::string(src->name) + "' are " + ggml_type_name(src->type) +
                   (src->type == GGML_TYPE_F32 ? " with gaps between values" : "") +
                   "; only contiguous f32 can be collected");
    }
    data_ = host_bytes(src, copy);
}

std::vector<const float *> activations::rows() const {
    std::vector<const float *> out;
    out.reserve(size_t(ggml_nrows(src_)));
    for (int64_t i3 = 0; i3 < ne(3); ++i3) {
        for (int64_t i2 = 0; i2 < ne(2); ++i2) {
            for (int64_t i1 = 0; i1 < ne(1); ++i1) {
                out.push_back(row(i1, i2, i3));
            }
        }
    }
    return out;
}

} // namespace seeddelta
