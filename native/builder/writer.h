#pragma once

#include "encoder.h"
#include "file.h"
#include "model-payload.h"
#include "progress.h"
#include "stored-payload.h"

#include <functional>
#include <map>
#include <memory>

namespace seeddelta {

/// One tensor of the file to be written. Exactly one of the three sources is set.
struct output_tensor {
    std::string  name;
    ggml_type    type = GGML_TYPE_F32;
    int64_t      ne[4] = { 1, 1, 1, 1 };
    int64_t      size = 0;               // bytes
    int64_t      source_id = -1;         // copied from model::tensors()
    const void * payload_data = nullptr; // a payload's tensor
    std::string  decoded;                // name of a weight of the source that is written as f16 or f32
};

struct output_plan {
    std::vector<output_tensor> tensors;
    std::vector<uint8_t>       header; // padded to the alignment
    int64_t                    size = 0; // of the file
};

using key_setter = std::function<void(gguf_context *)>;

/// A new GGUF made from another one. See sd_writer_* in the C interface.
class writer {
  public:
    explicit writer(const model & source);

    /// SD_E_USAGE for keys that cannot be set.
    void set(const std::string & key, key_setter apply);
    void add_payload(const std::string & tensor, std::shared_ptr<const stored_payload> payload, bool strip);
    /// Leaves a payload of the source out; its dense tensor is there.
    void drop_payload(const std::string & name);
    /// A payload that only plan() sees.
    void plan_payload(const std::string & tensor, const encode_options & options, bool strip);
    void restore(ggml_type type); // GGML_TYPE_F16 or GGML_TYPE_F32

    output_plan plan() const;
    void        write(const std::string & path, const progress & watch) const;

  private:
    struct placed {
        std::shared_ptr<const stored_payload> payload;
        bool                                  strip = false;
        int64_t                               position = 0; // source tensor in whose place it goes
        std::string                           digest;       // of the payload
    };

    output_plan make_plan(const std::string & source_sha256) const;

    std::vector<output_tensor> place_tensors() const;
    void                       place_source(int64_t id, std::vector<output_tensor> & out) const;
    std::vector<std::string>   weights_in_order() const;

    gguf_ptr make_keys(const std::string & source_sha256) const;
    bool     leaves(const std::string & key) const; // a key of the source that does not reach the new file
    void     set_weight_keys(gguf_context * kv, const std::string & name) const;
    void     set_format_keys(gguf_context * kv) const;
    void     set_restore_keys(gguf_context * kv, const std::string & source_sha256) const;

    void write_tensor(output_file & file, const output_tensor & t, const progress & watch) const;
    void write_decoded(output_file & file, const output_tensor & t, const progress & watch) const;
    bool decoded_as_written(const model & written, const output_tensor & t) const;
    void verify(const std::string & path, const output_plan & expected) const;

    const model &                                   source_;
    std::vector<std::string>                        existing_; // weights of the source that carry a payload
    std::vector<std::string>                        dropped_;  // those that do not reach the new file
    std::vector<std::pair<std::string, key_setter>> keys_;
    std::map<std::string, placed>                   payloads_; // by weight name
    void place_payload(const std::string & tensor, std::shared_ptr<const stored_payload> payload, bool strip,
                       std::string digest);

    bool                                            planned_only_ = false; // some payload has no data
    bool                                            restoring_ = false;
    ggml_type                                       restore_type_ = GGML_TYPE_F16;
};

/// Opens the payload `name` of a written file as the runtime does and holds it against `made`: the same tensors to the
/// byte and by `digest`, the same decoded rows, and the kernels of this machine give the decoded product.
/// SD_E_INTERNAL when it differs.
void verify_payload(const model & written, const std::string & name, const stored_payload & made,
                    const std::string & digest);

} // namespace seeddelta
