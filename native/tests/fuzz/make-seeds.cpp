// Writes the seeds of the fuzz targets: small payloads of every base, scheme and value type, and GGUF files that hold
// them. Usage: fuzz-make-seeds FOLDER, which has the folders payload and model.

#include "../test-models.h"

#include "../../builder/stored-payload.h"

#include <cstdio>

using namespace seeddelta;

namespace {

struct seed {
    const char *     name;
    sd_encode_params params;
};

std::vector<seed> seeds() {
    return {
        { "coo-f16", make_params("coo", 3) },
        { "coo-i8-prng", make_params("coo", 2, 0, SD_VALUE_I8, "prng_block", SD_ROW_SCALE_F32) },
        { "block-f16", make_params("block", 16, 16, SD_VALUE_F16, "none", SD_ROW_SCALE_NONE) },
        { "block-i8-prng", make_params("block", 32, 16, SD_VALUE_I8, "prng_block") },
        { "coo-fht", with_stacks(make_params("coo", 1), 0, 1, 1) },
        { "block-i8-fht", with_stacks(make_params("block", 16, 16, SD_VALUE_I8), 0, 2, 2, 20, 1) },
        { "coo-search", with_search(make_params("coo", 1), 16, 12) },
        { "codebook", with_atoms(make_params("", 2), 3) },
        { "codebook-prng", with_atoms(make_params("", 1, 0, SD_VALUE_F16, "prng_block"), 2) },
        { "trellis-n4", with_bits(make_params("none", 0), 2) },
        { "trellis-n2", with_bits(make_params("none", 0, 0, SD_VALUE_F16, "none", SD_ROW_SCALE_NONE), 2.5f) },
        { "coo-trellis-n4", with_bits(make_params("coo", 1, 0, SD_VALUE_I8), 1.5f) },
    };
}

tiny_gguf source(const dense_weight & w) {
    tiny_gguf g;
    g.string_key("general.architecture", "llama");
    g.f32_tensor("blk.0.ffn_norm.weight", { 2 }, { 1, 2 });
    g.f32_tensor("blk.0.ffn_up.weight", { w.n_in(), w.n_out() }, tiny_model::all(w));
    return g;
}

void write_seeds(const std::string & folder) {
    const progress  silent(nullptr);
    const auto      w = make_weight(5, 40); // not a multiple of any block, the last block of a row is short
    temp_folder     temporary;
    const auto      path = temporary.file("source.gguf"), out = temporary.file("out.gguf");
    write_file(path, source(w).bytes());
    const model m(path);
    for (const auto & s : seeds()) {
        const auto payload = encode_with(w, s.params);
        save_payload(*payload, out);
        const auto file = read_file(out);
        write_file(folder + "/payload/" + s.name + ".bin", file.substr(0, file.size() - 32)); // the target adds the digest
        for (const bool strip : { true, false }) {
            writer made(m);
            made.add_payload("blk.0.ffn_up.weight", payload, strip);
            made.write(out, silent);
            write_file(folder + "/model/" + s.name + (strip ? "" : "-twin") + ".bin", read_file(out));
        }
    }
    write_file(folder + "/model/dense.bin", source(w).bytes());
}

} // namespace

int main(int argc, char ** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    try {
        write_seeds(argv[1]);
    } catch (const std::exception & e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return 1;
    }
    return 0;
}
