#pragma once

#include "../codec/payload.h"

#include <memory>
#include <string>
#include <vector>

namespace seeddelta {

/// A payload tensor before it has data.
struct tensor_layout {
    std::string suffix;
    elem        type = elem::f32;
    int64_t     ne[3] = { 1, 1, 1 };

    int64_t size_bytes() const { return ne[0] * ne[1] * ne[2] * int64_t(elem_size(type)); }
};

/// Frobenius norms over the whole weight: of W, of Ŵ, of W − Ŵ, and of W − Ŵ relative to W with inputs weighted by
/// importance (without importance: unweighted).
struct payload_norms {
    double w = 0;
    double hat = 0;
    double err = 0;
    double err_w = 0;
};

/// A payload with memory of its own: on the heap when it was just encoded, a mapped file when it was loaded, so that
/// the payloads of a large model need not be in memory at once. Immutable once shared.
class stored_payload {
  public:
    payload       view; // its tensors point into memory()
    payload_norms norms;

    /// Gives `view` zeroed tensors of these layouts, each aligned to 64 bytes.
    void allocate(const std::vector<tensor_layout> & layout);
    /// Points `view` into memory that somebody else made.
    void adopt(std::shared_ptr<const void> memory) { memory_ = std::move(memory); }

    /// For whoever fills the payload. nullptr when absent.
    template <typename T> T * data(const std::string & suffix) { return static_cast<T *>(find_mutable(suffix)); }

    /// Digest over the tensors in the order of payload_suffixes: "<weight>.<suffix>\n<type>\n<ne0>,<ne1>,<ne2>\n" and then the bytes.
    std::string digest_hex() const;

  private:
    void * find_mutable(const std::string & suffix);

    std::shared_ptr<const void> memory_;
    uint8_t *                   heap_ = nullptr; // memory_ when it is ours to write
};

/// The same digest for any view.
std::string payload_digest_hex(const payload & view);

/// One self-contained file: see payload-file.cpp for the layout. Written under a temporary name and renamed.
void                                  save_payload(const stored_payload & payload, const std::string & path);
std::shared_ptr<const stored_payload> load_payload(const std::string & path);

} // namespace seeddelta
