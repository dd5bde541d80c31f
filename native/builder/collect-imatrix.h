#pragma once

#include "collect-node.h"

#include <map>

namespace seeddelta {

/// What llama-imatrix keeps of one weight: Σ x² per input (per expert for MUL_MAT_ID) and how many vectors that was.
struct imatrix_entry {
    std::vector<float> sums;
    std::vector<int64_t> counts;
};

/// Sums squares exactly as llama-imatrix does: f32, one multiplication and one addition per value, in the order of the
/// rows. So the same evaluation gives the same bits.
class imatrix_sums {
  public:
    /// Would llama-imatrix collect this node? `name` is the plain name of its weight; with `any_batch` also in batches
    /// that are too small for it.
    static bool wants(const ggml_tensor * node, const std::string & name, bool process_output, bool any_batch);

    /// SD_E_INPUT: shapes that changed since the last call, expert ids out of range, values that are not finite.
    void add(const ggml_tensor * node, const std::string & name, const activations & x);

    /// Largest count of any entry, in chunks; what the file's chunk_count says.
    uint32_t chunk_count(int64_t chunk_size) const;

    /// In the order of the file.
    const std::map<std::string, imatrix_entry> & entries() const { return entries_; }

    /// Replaces `path` atomically: llama.cpp's imatrix GGUF, byte for byte what llama-imatrix writes.
    void save(const std::string & path, const std::vector<std::string> & datasets, int64_t chunk_size) const;

  private:
    imatrix_entry & entry(const std::string & name, size_t n_sums, size_t n_counts);
    void add_mul_mat(const ggml_tensor * node, const std::string & name, const activations & x);
    void add_mul_mat_id(const ggml_tensor * node, const std::string & name, const activations & x);

    std::map<std::string, imatrix_entry> entries_;
    std::vector<char> ids_;
};

} // namespace seeddelta
