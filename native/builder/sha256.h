#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace seeddelta {

/// SHA-256 of a stream of bytes. Source: FIPS 180-4.
class sha256 {
  public:
    sha256();
    void update(const void * data, size_t size);
    void update(const std::string & text) { update(text.data(), text.size()); }
    /// Ends the stream; digest[32].
    void        finish(uint8_t * digest);
    std::string finish_hex();

  private:
    void compress(const uint8_t * block);

    uint32_t h_[8];
    uint8_t  buffer_[64];
    size_t   fill_ = 0;
    uint64_t total_ = 0;
};

} // namespace seeddelta
