#pragma once

#include "model.h"

#include <functional>

namespace seeddelta {

/// A small GGUF file made from nothing: metadata, then tensors whose data is made when it is written, one at a time.
class gguf_out {
  public:
    gguf_out();

    void set_u32(const char * key, uint32_t value) { gguf_set_val_u32(header_.get(), key, value); }
    void set_u64(const char * key, uint64_t value) { gguf_set_val_u64(header_.get(), key, value); }
    void set_string(const char * key, const std::string & value) {
        gguf_set_val_str(header_.get(), key, value.c_str());
    }
    void set_strings(const char * key, const std::vector<std::string> & values);

    /// `fill` gets room for all values. Names must differ and stay below ggml's limit: SD_E_INPUT.
    void add_f32(const std::string & name, const std::vector<int64_t> & ne, std::function<void(float *)> fill);
    void add_i64(const std::string & name, std::vector<int64_t> values);

    /// Writes beside `path` and renames. SD_E_IO.
    void write(const std::string & path) const;

  private:
    struct pending {
        size_t size; // bytes
        std::function<void(void *)> fill;
    };

    void add(const std::string & name, ggml_type type, const std::vector<int64_t> & ne,
             std::function<void(void *)> fill);

    gguf_ptr header_;
    std::vector<pending> tensors_;
};

} // namespace seeddelta
