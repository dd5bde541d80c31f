// Runs a fuzz target over the files of a folder, for compilers without libFuzzer, with its limit on memory.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/resource.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size);

static constexpr long max_resident_kib = 2048L << 10;

static long peak_resident_kib() {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

int main(int argc, char ** argv) {
    int n = 0;
    if (argc == 2) {
        for (const auto & entry : std::filesystem::directory_iterator(argv[1])) {
            std::ifstream     in(entry.path(), std::ios::binary);
            const std::string bytes((std::istreambuf_iterator<char>(in)), {});
            std::printf("%s, %zu bytes\n", entry.path().filename().c_str(), bytes.size());
            std::fflush(stdout);
            LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
            if (peak_resident_kib() > max_resident_kib) {
                std::fprintf(stderr, "%s took more than %ld KiB of memory\n", entry.path().c_str(), max_resident_kib);
                return 1;
            }
            ++n;
        }
    }
    if (n == 0) {
        std::fprintf(stderr, "usage: %s FOLDER, with files in it\n", argv[0]);
        return 1;
    }
    return 0;
}
