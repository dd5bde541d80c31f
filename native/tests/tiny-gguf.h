#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Makes GGUF bytes by hand, also broken ones. Every part can be replaced before bytes() puts it together.
class tiny_gguf {
  public:
    static constexpr uint32_t u16 = 2, u32 = 4, f32 = 6, boolean = 7, string = 8, array = 9, u64 = 10;
    static constexpr uint32_t type_f32 = 0, type_f16 = 1, type_q8_0 = 8, type_i16 = 25;

    std::string magic = "GGUF";
    uint32_t    version = 3;
    int64_t     n_tensors_added = 0; // on top of the real number
    int64_t     n_kv_added = 0;
    uint64_t    alignment = 32;

    template <typename T> static std::string raw(T v) {
        return std::string(reinterpret_cast<const char *>(&v), sizeof v);
    }
    static std::string text(const std::string & s) { return raw(uint64_t(s.size())) + s; }

    /// `value` is the encoded value after the type.
    tiny_gguf & key(const std::string & name, uint32_t type, const std::string & value) {
        kv_ += text(name) + raw(type) + value;
        ++n_kv_;
        return *this;
    }
    tiny_gguf & string_key(const std::string & name, const std::string & value) {
        return key(name, string, text(value));
    }

    /// Tensor info as it stands in the header; `data` is appended to the data section, padded.
    tiny_gguf & tensor(const std::string & name, uint32_t type, const std::vector<int64_t> & ne,
                       const std::string & data, int64_t offset_error = 0) {
        info_ += text(name) + raw(uint32_t(ne.size()));
        for (int64_t n : ne) {
            info_ += raw(n);
        }
        info_ += raw(type) + raw(uint64_t(int64_t(data_.size()) + offset_error));
        data_ += data;
        data_.resize((data_.size() + alignment - 1) / alignment * alignment);
        ++n_tensors_;
        return *this;
    }

    tiny_gguf & f32_tensor(const std::string & name, const std::vector<int64_t> & ne, const std::vector<float> & v) {
        return tensor(name, type_f32, ne,
                      std::string(reinterpret_cast<const char *>(v.data()), v.size() * sizeof(float)));
    }

    std::string header() const {
        std::string h = magic + raw(version) + raw(n_tensors_ + n_tensors_added) + raw(n_kv_ + n_kv_added) + kv_ + info_;
        h.resize((h.size() + alignment - 1) / alignment * alignment);
        return h;
    }
    std::string bytes() const { return header() + data_; }

  private:
    std::string kv_, info_, data_;
    int64_t     n_kv_ = 0, n_tensors_ = 0;
};
