#include "stored-payload.h"

#include "../codec/registry.h"
#include "sha256.h"

#include <cstring>
#include <new>

namespace seeddelta {

static constexpr size_t tensor_alignment = 64;

static size_t padded(size_t n) {
    return (n + tensor_alignment - 1) / tensor_alignment * tensor_alignment;
}

void stored_payload::allocate(const std::vector<tensor_layout> & layout) {
    size_t total = 0;
    for (const auto & t : layout) {
        total += padded(size_t(t.size_bytes()));
    }
    void * block = ::operator new(total + tensor_alignment, std::align_val_t(tensor_alignment));
    memory_ = std::shared_ptr<const void>(block, [block](const void *) {
        ::operator delete(block, std::align_val_t(tensor_alignment));
    });
    heap_ = static_cast<uint8_t *>(block);
    std::memset(heap_, 0, total);

    size_t at = 0;
    for (const auto & t : layout) {
        tensor_view v;
        v.suffix = t.suffix;
        v.type = t.type;
        std::memcpy(v.ne, t.ne, sizeof v.ne);
        v.data = heap_ + at;
        view.tensors.push_back(std::move(v));
        at += padded(size_t(t.size_bytes()));
    }
}

void * stored_payload::find_mutable(const std::string & suffix) {
    const tensor_view * t = view.find(suffix);
    return t == nullptr ? nullptr : heap_ + (static_cast<const uint8_t *>(t->data) - heap_);
}

std::string payload_digest_hex(const payload & view) {
    sha256 sha;
    for (const auto & suffix : payload_suffixes()) {
        const tensor_view * t = view.find(suffix);
        if (t != nullptr) {
            sha.update(view.name + "." + suffix + "\n" + elem_name(t->type) + "\n" + std::to_string(t->ne[0]) + "," +
                       std::to_string(t->ne[1]) + "," + std::to_string(t->ne[2]) + "\n");
            sha.update(t->data, t->size_bytes());
        }
    }
    return sha.finish_hex();
}

std::string stored_payload::digest_hex() const {
    return payload_digest_hex(view);
}

} // namespace seeddelta
