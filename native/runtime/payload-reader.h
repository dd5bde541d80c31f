#pragma once

#include "../codec/payload.h"

struct gguf_context;

namespace seeddelta {

/// The format version this code reads and writes.
constexpr uint32_t format_version = 1;

/// Names ("blk.2.ffn_gate") of the weights that carry a payload, in the order of their keys; empty for an ordinary
/// model. Throws format_error for a version this code does not know.
std::vector<std::string> payload_names(const gguf_context * gguf);

/// What the keys say about one weight: shape, base, scheme and parameters; tensors are left empty. Keys of the weight
/// win over the global ones. Throws format_error.
payload read_payload_keys(const gguf_context * gguf, const std::string & name);

/// Splits "blk.2.ffn_gate.d_idx" into weight and suffix when the suffix is one of the format's; false otherwise.
bool split_payload_tensor_name(const std::string & tensor, std::string & weight_name, std::string & suffix);

/// ggml's type number as a storage type; throws format_error for the ones payloads do not use.
elem elem_from_ggml(int ggml_type, const std::string & tensor);

} // namespace seeddelta
