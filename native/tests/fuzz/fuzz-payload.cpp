// Payload files as a build journals them (builder/payload-file.cpp) from arbitrary bytes. Size and digest, which no
// mutation would ever hit, are put right first.

#include "exercise.h"

#include "../../builder/sha256.h"
#include "../../builder/stored-payload.h"

#include <cstring>

using namespace seeddelta;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size) {
    if (size < 24) {
        return 0;
    }
    std::vector<uint8_t> bytes(data, data + size);
    const uint64_t       total = size + 32;
    std::memcpy(bytes.data(), "SDPAYLD1", 8);
    std::memcpy(bytes.data() + 8, &total, sizeof total);
    bytes.resize(total);
    sha256 sha;
    sha.update(bytes.data(), size);
    sha.finish(bytes.data() + size);

    memory_file file;
    file.write(bytes.data(), bytes.size());
    refused_or_done([&] {
        const auto payload = load_payload(file.path());
        payload->digest_hex();
        exercise(payload->view);
    });
    return 0;
}
