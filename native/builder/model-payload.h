#pragma once

#include "../codec/payload.h"
#include "model.h"
#include "stored-payload.h"

#include <memory>

namespace seeddelta {

/// One SeedΔ weight of a GGUF file: what its keys say and its tensors, read into memory of its own.
struct model_payload {
    payload                      view;
    std::vector<uint8_t>         memory;
    std::vector<int64_t>         tensor_ids; // positions in model::tensors(), file order
};

/// Names of the weights that carry a payload. Throws format_error for an unknown format version.
std::vector<std::string> model_payload_names(const model & source);

/// Reads keys and tensors; checks nothing about them (weight::open does). Throws format_error, SD_E_IO.
std::unique_ptr<const model_payload> read_model_payload(const model & source, const std::string & name);

/// Inputs of a weight, "blk.0.ffn_down.weight", that the file holds dense or only as a payload; -1 when it holds neither.
int64_t weight_inputs(const model & source, const std::string & weight);

/// As a payload that can be measured. Throws format_error when a reader refuses it.
std::shared_ptr<const stored_payload> payload_of_model(const model & source, const std::string & name);

/// See sd_model_payloads.
std::string payloads_json(const model & source);

} // namespace seeddelta
