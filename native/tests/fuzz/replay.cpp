// Runs a fuzz target over the files of a folder, for compilers without libFuzzer.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t * data, size_t size);

int main(int argc, char ** argv) {
    int n = 0;
    if (argc == 2) {
        for (const auto & entry : std::filesystem::directory_iterator(argv[1])) {
            std::ifstream     in(entry.path(), std::ios::binary);
            const std::string bytes((std::istreambuf_iterator<char>(in)), {});
            std::printf("%s, %zu bytes\n", entry.path().filename().c_str(), bytes.size());
            std::fflush(stdout);
            LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
            ++n;
        }
    }
    if (n == 0) {
        std::fprintf(stderr, "usage: %s FOLDER, with files in it\n", argv[0]);
        return 1;
    }
    return 0;
}
