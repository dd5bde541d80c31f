#pragma once

#include "file.h"

#include <ggml.h>

#include <string>
#include <vector>

namespace seeddelta {

/// Where a tensor lies, as the header of a GGUF file says and as scan_gguf has checked.
struct tensor_place {
    std::string name;
    ggml_type   type = GGML_TYPE_F32;
    int32_t     n_dims = 0;
    int64_t     ne[4] = { 1, 1, 1, 1 };
    int64_t     offset = 0; // from the start of the file
    int64_t     size = 0;   // bytes
};

struct gguf_layout {
    int64_t                   n_kv = 0;
    int64_t                   alignment = 32;
    int64_t                   data_offset = 0;
    std::vector<tensor_place> tensors;
    std::vector<uint8_t>      header; // the file's first data_offset bytes
};

/// Reads a GGUF header with bounds checks of its own, before ggml sees it: ggml aborts or prints on some files.
/// Errors: SD_E_INPUT with the reason when anything is truncated, absurd, duplicate or lies outside the file.
gguf_layout scan_gguf(const input_file & file);

} // namespace seeddelta
