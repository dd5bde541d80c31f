#include "model.h"

#include "failure.h"

namespace seeddelta {

static void refuse_split(const std::string & path, const gguf_context * header) {
    const int64_t id = gguf_find_key(header, "split.count");
    if (id < 0 || gguf_get_kv_type(header, id) != GGUF_TYPE_UINT16 || gguf_get_val_u16(header, id) < 2) {
        return;
    }
    fail_input(path + ": is one part of a model split over " + std::to_string(gguf_get_val_u16(header, id)) +
               " files; join them first with llama-gguf-split --merge");
}

model::model(const std::string & path) : file_(path), layout_(scan_gguf(file_)) {
    gguf_init_params params = { /*.no_alloc =*/ true, /*.ctx =*/ nullptr };
    header_.reset(gguf_init_from_buffer(layout_.header.data(), layout_.header.size(), params));
    if (!header_) {
        fail_input(path + ": ggml refuses the header; the file is damaged or not a GGUF model");
    }
    layout_.header = {};
    refuse_split(path, header_.get());
    for (size_t i = 0; i < layout_.tensors.size(); ++i) {
        by_name_.emplace(layout_.tensors[i].name, int64_t(i));
    }
}

int64_t model::find(const std::string & tensor) const {
    const auto it = by_name_.find(tensor);
    return it == by_name_.end() ? -1 : it->second;
}

} // namespace seeddelta
