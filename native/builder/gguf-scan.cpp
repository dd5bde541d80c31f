#include "gguf-scan.h"

#include "failure.h"

#include <gguf.h>

#include <cstring>
#include <unordered_set>

namespace seeddelta {

namespace {

/// More of the file must be in memory before the scan can go on.
struct needs_more {};

constexpr int64_t max_alignment = 1 << 20;

/// Bytes of one value; 0 for strings, arrays and unknown types.
size_t value_size(uint32_t type) {
    switch (type) {
        case GGUF_TYPE_UINT8:
        case GGUF_TYPE_INT8:
        case GGUF_TYPE_BOOL:    return 1;
        case GGUF_TYPE_UINT16:
        case GGUF_TYPE_INT16:   return 2;
        case GGUF_TYPE_UINT32:
        case GGUF_TYPE_INT32:
        case GGUF_TYPE_FLOAT32: return 4;
        case GGUF_TYPE_UINT64:
        case GGUF_TYPE_INT64:
        case GGUF_TYPE_FLOAT64: return 8;
        default:                return 0;
    }
}

class scanner {
  public:
    scanner(const std::string & path, const std::vector<uint8_t> & bytes, int64_t file_size)
        : path_(path), bytes_(bytes), file_size_(file_size) {}

    void run(gguf_layout & out);

  private:
    [[noreturn]] void refuse(const std::string & reason) const {
        fail_input(path_ + ": " + reason + "; the file is damaged or not a GGUF model");
    }

    const uint8_t * take(uint64_t n, const char * what) {
        if (n > uint64_t(file_size_ - at_)) {
            refuse(std::string("ends inside ") + what);
        }
        if (n > bytes_.size() - uint64_t(at_)) {
            throw needs_more();
        }
        const uint8_t * p = bytes_.data() + at_;
        at_ += int64_t(n);
        return p;
    }

    template <typename T> T number(const char * what) {
        T v;
        std::memcpy(&v, take(sizeof v, what), sizeof v);
        return v;
    }

    std::string text(const char * what) {
        const uint64_t n = number<uint64_t>(what);
        const auto *   p = take(n, what);
        return std::string(reinterpret_cast<const char *>(p), n);
    }

    void skip_value(uint32_t type, const std::string & key);
    void read_key_values(int64_t n);
    void read_tensor(gguf_layout & out, uint64_t & next_offset);

    const std::string &             path_;
    const std::vector<uint8_t> &    bytes_;
    int64_t                         file_size_;
    int64_t                         at_ = 0;
    int64_t                         alignment_ = GGUF_DEFAULT_ALIGNMENT;
    std::unordered_set<std::string> names_;
};

void scanner::skip_value(uint32_t type, const std::string & key) {
    const char * what = "a metadata value";
    uint64_t     n = 1;
    bool         array = false;
    if (type == GGUF_TYPE_ARRAY) {
        array = true;
        type = number<uint32_t>(what);
        n = number<uint64_t>(what);
    }
    if (key == GGUF_KEY_GENERAL_ALIGNMENT) {
        if (array || type != GGUF_TYPE_UINT32) {
            refuse("key '" + key + "' is not a 32-bit number");
        }
        alignment_ = number<uint32_t>(what);
        if (alignment_ < 8 || alignment_ > max_alignment || (alignment_ & (alignment_ - 1)) != 0) {
            refuse("alignment " + std::to_string(alignment_) + " is not a power of two from 8 to " +
                   std::to_string(max_alignment));
        }
        return;
    }
    if (type == GGUF_TYPE_STRING) {
        if (n > uint64_t(file_size_) / 8) {
            refuse("key '" + key + "' claims " + std::to_string(n) + " strings, more than the file can hold");
        }
        for (uint64_t i = 0; i < n; ++i) {
            take(number<uint64_t>(what), what);
        }
        return;
    }
    const size_t size = value_size(type);
    if (size == 0) {
        refuse("key '" + key + "' has unknown type " + std::to_string(type));
    }
    if (n > uint64_t(file_size_) / size) {
        refuse("key '" + key + "' claims " + std::to_string(n) + " values, more than the file can hold");
    }
    take(n * size, what);
}

void scanner::read_key_values(int64_t n) {
    names_.clear();
    for (int64_t i = 0; i < n; ++i) {
        const std::string key = text("a metadata key");
        if (key.empty() || key.find('\0') != std::string::npos) {
            refuse("metadata key " + std::to_string(i) + " is empty or holds a zero byte");
        }
        if (!names_.insert(key).second) {
            refuse("metadata key '" + key + "' occurs twice");
        }
        skip_value(number<uint32_t>("a metadata type"), key);
    }
}

void scanner::read_tensor(gguf_layout & out, uint64_t & next_offset) {
    const char * what = "the tensor list";
    tensor_place t;
    t.name = text(what);
    if (t.name.empty() || t.name.size() >= GGML_MAX_NAME || t.name.find('\0') != std::string::npos) {
        refuse("tensor " + std::to_string(out.tensors.size()) + " has a name of " + std::to_string(t.name.size()) +
               " bytes, expected 1 to " + std::to_string(GGML_MAX_NAME - 1) + " without zero bytes");
    }
    if (!names_.insert(t.name).second) {
        refuse("tensor '" + t.name + "' occurs twice");
    }
    const uint32_t n_dims = number<uint32_t>(what);
    if (n_dims > GGML_MAX_DIMS) {
        refuse("tensor '" + t.name + "' has " + std::to_string(n_dims) + " dimensions");
    }
    t.n_dims = int32_t(n_dims);
    int64_t count = 1;
    for (uint32_t i = 0; i < n_dims; ++i) {
        t.ne[i] = number<int64_t>(what);
        if (t.ne[i] < 1 || __builtin_mul_overflow(count, t.ne[i], &count)) {
            refuse("tensor '" + t.name + "' has an impossible dimension " + std::to_string(t.ne[i]));
        }
    }
    const uint32_t type = number<uint32_t>(what);
    if (type >= GGML_TYPE_COUNT || ggml_blck_size(ggml_type(type)) < 1 || ggml_type_size(ggml_type(type)) < 1) {
        refuse("tensor '" + t.name + "' has unknown type " + std::to_string(type));
    }
    t.type = ggml_type(type);
    const int64_t block = ggml_blck_size(t.type);
    if (t.ne[0] % block != 0) {
        refuse("tensor '" + t.name + "' has rows of " + std::to_string(t.ne[0]) + ", not a multiple of " +
               std::to_string(block));
    }
    if (__builtin_mul_overflow(count / block, int64_t(ggml_type_size(t.type)), &t.size) || t.size > file_size_) {
        refuse("tensor '" + t.name + "' is larger than the file");
    }
    const uint64_t offset = number<uint64_t>(what);
    if (offset != next_offset) {
        refuse("tensor '" + t.name + "' lies at " + std::to_string(offset) + ", expected " +
               std::to_string(next_offset));
    }
    t.offset = int64_t(offset);
    next_offset += uint64_t((t.size + alignment_ - 1) / alignment_ * alignment_);
    if (next_offset > 2 * uint64_t(file_size_) + max_alignment) {
        refuse("the tensors are larger than the file");
    }
    out.tensors.push_back(std::move(t));
}

void scanner::run(gguf_layout & out) {
    out.tensors.clear();
    if (std::memcmp(take(4, "the first four bytes"), GGUF_MAGIC, 4) != 0) {
        refuse("does not begin with the letters GGUF");
    }
    const uint32_t version = number<uint32_t>("the header");
    if (version < 2 || version > GGUF_VERSION) {
        refuse("GGUF version " + std::to_string(version) + " is not supported (2 and 3 are, little-endian)");
    }
    const int64_t n_tensors = number<int64_t>("the header");
    const int64_t n_kv = number<int64_t>("the header");
    // a key-value pair takes at least 13 bytes, a tensor at least 25
    if (n_kv < 0 || n_kv > file_size_ / 13) {
        refuse("claims " + std::to_string(n_kv) + " metadata entries, more than the file can hold");
    }
    if (n_tensors < 0 || n_tensors > file_size_ / 25) {
        refuse("claims " + std::to_string(n_tensors) + " tensors, more than the file can hold");
    }
    read_key_values(n_kv);
    names_.clear();
    uint64_t next_offset = 0;
    for (int64_t i = 0; i < n_tensors; ++i) {
        read_tensor(out, next_offset);
    }
    out.n_kv = n_kv;
    out.alignment = alignment_;
    out.data_offset = n_tensors > 0 ? (at_ + alignment_ - 1) / alignment_ * alignment_ : at_;
    for (auto & t : out.tensors) {
        t.offset += out.data_offset;
        if (t.offset > file_size_ || t.size > file_size_ - t.offset) {
            refuse("tensor '" + t.name + "' runs past the end of the file (" + std::to_string(file_size_) +
                   " bytes); was the download cut short?");
        }
    }
    if (out.data_offset > int64_t(bytes_.size())) {
        throw needs_more(); // at most the padding; the tensor check above proved that the file has it
    }
}

} // namespace

gguf_layout scan_gguf(const input_file & file) {
    gguf_layout out;
    for (int64_t want = 1 << 20;; want *= 4) {
        const int64_t have = int64_t(out.header.size());
        const int64_t size = want < file.size() ? want : file.size();
        out.header.resize(size_t(size));
        file.read(out.header.data() + have, size_t(size - have), have);
        try {
            scanner(file.path(), out.header, file.size()).run(out);
            out.header.resize(size_t(out.data_offset));
            return out;
        } catch (const needs_more &) {
            // a header larger than what was read; the whole file is the limit
        }
    }
}

} // namespace seeddelta
