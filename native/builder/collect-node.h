#pragma once

#include <ggml.h>

#include <string>
#include <vector>

namespace seeddelta {

/// "blk.0.attn_k.weight" of "CUDA0#blk.0.attn_k.weight#0", the name of a scheduler's copy.
std::string plain_weight_name(const char * name);

/// Layer and kind of "blk.<layer>.<kind>.weight"; false for other names.
bool parse_block_weight(const std::string & name, int & layer, std::string & kind);

/// What the input of a weight of this kind is called: "ffn_in" of ffn_gate and ffn_up, "ffn_mid" of ffn_down,
/// "attn_in" of attn_q, attn_k, attn_v and attn_qkv, "attn_mid" of attn_output; of any other kind its name and "_in".
std::string input_role(const std::string & kind);

/// The f32 activations that a matrix multiplication reads: rows of ne[0] values over three more dimensions.
/// Points into the tensor's own memory, or into `copy` when that is not host memory.
class activations {
  public:
    /// SD_E_INPUT: not f32, or rows that are not contiguous.
    activations(const ggml_tensor * src, std::vector<char> & copy);

    int64_t ne(int dimension) const { return src_->ne[dimension]; }
    const float * row(int64_t i1, int64_t i2, int64_t i3) const {
        return reinterpret_cast<const float *>(data_ + size_t(i1) * src_->nb[1] + size_t(i2) * src_->nb[2] +
                                               size_t(i3) * src_->nb[3]);
    }
    /// All rows, first dimension fastest.
    std::vector<const float *> rows() const;

  private:
    const ggml_tensor * src_;
    const char * data_;
};

/// Host memory with the tensor's bytes, itself or `copy`.
const char * host_bytes(const ggml_tensor * tensor, std::vector<char> & copy);

} // namespace seeddelta
