#pragma once

#include <cstdint>
#include <string_view>

// Functions here are static: this header is compiled into kernels for several instruction sets, and a function that the
// linker shares between them could carry instructions the machine lacks into portable code.
namespace seeddelta {

/// Murmur3's 32-bit finaliser: a bijection in which every input bit reaches every output bit.
/// Chosen because SSE/AVX have a 32-bit lane multiply and no 64-bit one.
static inline uint32_t mix32(uint32_t h) {
    h ^= h >> 16;
    h *= 0x85ebca6bu;
    h ^= h >> 13;
    h *= 0xc2b2ae35u;
    h ^= h >> 16;
    return h;
}

/// FNV-1a, 64 bits; names a tensor inside the PRNG key.
static inline uint64_t fnv1a64(std::string_view text) {
    uint64_t h = 0xcbf29ce484222325ull;
    for (unsigned char c : text) {
        h = (h ^ c) * 0x100000001b3ull;
    }
    return h;
}

/// Counter-based generator keyed by (seed, tensor, row): word `i` of a row needs no other word, so blocks can be made in
/// any order, on any thread and in any vector width with the same bits. The bits are pinned by tests.
constexpr uint32_t prng_golden = 0x9e3779b9u;

static inline uint32_t prng_row_key(uint64_t seed, uint64_t tensor_hash, int64_t row) {
    const uint64_t key = seed ^ (tensor_hash * 0x9e3779b97f4a7c15ull);
    uint32_t       h = mix32(uint32_t(key) ^ 0x243f6a88u);
    h = mix32(h ^ uint32_t(key >> 32));
    return mix32(h + uint32_t(row) * prng_golden);
}

static inline uint32_t prng_word(uint32_t row_key, uint32_t i) {
    return mix32(row_key ^ (i * prng_golden + 0x7f4a7c15u));
}

} // namespace seeddelta
