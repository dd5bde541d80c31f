#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace seeddelta {

/// A file or payload that breaks the format. The message names the tensor and the reason in one line.
class format_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Storage types of payload tensors. Unsigned 16-bit indices are stored as bit patterns in i16, 32-bit ones in i32,
/// because ggml has no unsigned tensor types.
enum class elem : uint8_t { f32, f16, i8, i16, i32 };

size_t elem_size(elem type);
const char * elem_name(elem type);

/// One payload tensor. Shapes are in ggml order: ne[0] is contiguous. `data` is borrowed and may be unaligned to
/// more than its element size.
struct tensor_view {
    std::string  suffix; // "d_idx" of "blk.3.ffn_gate.d_idx"
    elem         type = elem::f32;
    int64_t      ne[3] = { 1, 1, 1 };
    const void * data = nullptr;

    int64_t count() const { return ne[0] * ne[1] * ne[2]; }
    size_t  size_bytes() const { return size_t(count()) * elem_size(type); }
    template <typename T> const T * as() const { return static_cast<const T *>(data); }
};

using param_value = std::variant<uint64_t, double, std::string>;

/// What a file says about one weight: shape, the two names that choose the terms, small parameters and tensors.
/// Nothing here is checked; weight::open does that.
struct payload {
    std::string name;       // "blk.3.ffn_gate"
    int64_t     n_out = 0;
    int64_t     n_in  = 0;
    std::string base_kind = "none";
    std::string scheme;
    std::map<std::string, param_value> params; // keys as in the file, without the "seeddelta.<name>." prefix
    std::vector<tensor_view> tensors;

    /// nullptr when absent.
    const tensor_view * find(const std::string & suffix) const;
    /// The tensor with exactly this shape and one of these types, or a format_error that names what is wrong.
    const tensor_view & require(const std::string & suffix, std::initializer_list<elem> types,
                                std::initializer_list<int64_t> ne) const;
    uint64_t param_u64(const std::string & key, uint64_t lowest, uint64_t highest) const;
    double   param_f64(const std::string & key) const; // finite
    bool     has_param(const std::string & key) const { return params.count(key) != 0; }
    size_t   size_bytes() const;

    [[noreturn]] void fail(const std::string & reason) const; // "blk.3.ffn_gate: reason"
};

} // namespace seeddelta
