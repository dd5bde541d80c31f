#include "file.h"
#include "progress.h"
#include "sha256.h"

#include <algorithm>
#include <vector>

namespace seeddelta {

std::string file_sha256(const input_file & file, const progress & watch) {
    const int64_t        chunk_bytes = 1 << 20;
    sha256               sha;
    std::vector<uint8_t> chunk(static_cast<size_t>(chunk_bytes));
    for (int64_t at = 0; at < file.size(); at += chunk_bytes) {
        const int64_t n = std::min(chunk_bytes, file.size() - at);
        file.read(chunk.data(), size_t(n), at);
        sha.update(chunk.data(), size_t(n));
        watch.add(n);
    }
    return sha.finish_hex();
}

} // namespace seeddelta
