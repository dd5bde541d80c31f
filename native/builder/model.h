#pragma once

#include "gguf-scan.h"

#include <gguf.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace seeddelta {

struct gguf_deleter {
    void operator()(gguf_context * ctx) const { gguf_free(ctx); }
};
using gguf_ptr = std::unique_ptr<gguf_context, gguf_deleter>;

/// A GGUF file whose header has been checked. Tensor data is read from the file on demand.
/// Immutable after opening; any number of threads may read it.
class model {
  public:
    /// SD_E_IO, SD_E_INPUT.
    explicit model(const std::string & path);

    const std::string &               path() const { return file_.path(); }
    const input_file &                file() const { return file_; }
    const gguf_context *              header() const { return header_.get(); }
    const std::vector<tensor_place> & tensors() const { return layout_.tensors; }
    int64_t                           alignment() const { return layout_.alignment; }
    int64_t                           data_offset() const { return layout_.data_offset; }

    /// -1 when absent.
    int64_t find(const std::string & tensor) const;
    /// Reads the whole tensor into data[place.size].
    void read(const tensor_place & place, void * data) const { file_.read(data, size_t(place.size), place.offset); }

  private:
    input_file                               file_;
    gguf_layout                              layout_;
    gguf_ptr                                 header_;
    std::unordered_map<std::string, int64_t> by_name_;
};

/// ggml can turn this type into f32.
bool can_dequantize(ggml_type type);

/// All metadata as one JSON object; see sd_model_metadata.
std::string metadata_json(const gguf_context * header, int64_t max_array);

} // namespace seeddelta
