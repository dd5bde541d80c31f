// Whole files made from the embedded model with every base, scheme and value type, second moments and refitting
// included: the same bytes for any number of threads, and exactly as many as planned. The lines that this prints are
// compared between instruction sets by digests-test.sh.

#include "../builder/file.h"
#include "../builder/writer.h"
#include "../codec/registry.h"
#include "collect-syrk.h"
#include "test-files.h"
#include "test-weights.h"

#include <gtest/gtest.h>

using namespace seeddelta;

namespace {

const progress silent(nullptr);
constexpr int layer_gate_k = 64;
constexpr int layer_down_k = 128;
constexpr char gate[] = "blk.2.ffn_gate.weight";
constexpr char down[] = "blk.2.ffn_down.weight";

/// E[x xᵀ] of vectors that correlate, summed by the kernel that this process runs.
std::shared_ptr<const second_moments> moments_of(int64_t n, int n_threads) {
    constexpr int64_t n_vectors = 300;
    std::vector<float> x(size_t(n_vectors * n));
    for (int64_t t = 0; t < n_vectors; ++t) {
        const gaussian_stream g(9, "digest inputs", t);
        for (int64_t i = 0; i < n; ++i) {
            x[size_t(t * n + i)] = float(g.at(uint32_t(i))) + (i > 0 ? 0.5f * x[size_t(t * n + i - 1)] : 0.0f);
        }
    }
    std::vector<const float *> rows;
    for (int64_t t = 0; t < n_vectors; ++t) {
        rows.push_back(x.data() + t * n);
    }
    second_moment sums(n);
    std::vector<float> scratch, packed(size_t(packed_size(n)));
    sums.add(rows.data(), n_vectors, active_syrk_kernel(), n_threads, scratch);
    sums.mean(active_syrk_kernel(), n_threads, packed.data());
    return std::make_shared<second_moments>(n, packed.data(), n_vectors, nullptr, 0);
}

struct setting {
    std::string base, scheme;
    sd_value_type values;
    sd_row_scale row_scale;
    int seed_search;

    sd_encode_params params(int k, int n_threads) const {
        sd_encode_params p = make_params(scheme.c_str(), k, 32, values, base.c_str(), row_scale, n_threads);
        if (scheme == "codebook") {
            p = with_atoms(p, 32);
            p.k = 4;
        }
        p.base_seed_search = seed_search;
        p.refit = 1;
        return p;
    }
};

/// Every scheme, value type and row scale without a base; every base without a residual; bases under residuals.
std::vector<setting> settings() {
    std::vector<setting> out;
    for (const auto & scheme : scheme_rows()) {
        for (const sd_value_type values : { SD_VALUE_F16, SD_VALUE_I8 }) {
            for (const sd_row_scale scale : { SD_ROW_SCALE_F16, SD_ROW_SCALE_NONE }) {
                out.push_back({ "none", scheme.name, values, scale, 0 });
            }
        }
    }
    for (const auto & base : base_rows()) {
        out.push_back({ base.name, "none", SD_VALUE_F16, SD_ROW_SCALE_F16, 0 });
    }
    out.push_back({ "prng_block", "block", SD_VALUE_I8, SD_ROW_SCALE_NONE, 0 });
    out.push_back({ "fht_struct", "coo", SD_VALUE_I8, SD_ROW_SCALE_F16, 0 });
    out.push_back({ "prng_block", "coo", SD_VALUE_F16, SD_ROW_SCALE_F16, 64 });
    return out;
}

} // namespace

TEST(digests, are_the_same_for_any_threads_and_files_have_the_planned_size) {
    temp_folder folder;
    const model source(SEEDDELTA_ROOT_DIR "/java-src/main/resources/models/toy-b.gguf");
    const auto path = folder.file("out.gguf");
    for (const auto & s : settings()) {
        std::string first;
        for (const int n_threads : { 1, 2, 4 }) {
            writer out(source), planned(source);
            for (const char * tensor : { gate, down }) {
                dense_weight w(source, tensor, n_threads);
                const auto importance = make_importance(w.n_in());
                w.set_importance(importance.data(), w.n_in(), 1.0f, 0.0f);
                w.set_moments(moments_of(w.n_in(), n_threads));
                const auto p = s.params(tensor == gate ? layer_gate_k : layer_down_k, n_threads);
                out.add_payload(tensor, encode_with(w, p), true);
                planned.plan_payload(tensor, encode_options::from(p), true);
            }
            out.write(path, silent);
            const std::string digest = file_sha256(input_file(path), silent);
            if (first.empty()) {
                first = digest;
                EXPECT_EQ(planned.plan().size, int64_t(read_file(path).size())) << s.base << ' ' << s.scheme;
                std::printf("digest %s%s %s %s %s %s\n", s.base.c_str(), s.seed_search ? "+search" : "",
                            s.scheme.c_str(), s.values == SD_VALUE_I8 ? "i8" : "f16",
                            s.row_scale == SD_ROW_SCALE_NONE ? "none" : "row", digest.c_str());
            }
            EXPECT_EQ(digest, first) << s.base << ' ' << s.scheme << " with " << n_threads << " threads";
        }
    }
}
