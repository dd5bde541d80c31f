#include "collector.h"
#include "gguf-out.h"
#include "moments-file.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace seeddelta {

template <size_t N>
static std::string bounded_text(const char (&text)[N]) {
    return std::string(text, strnlen(text, N));
}

static void require_digest(const std::string & digest, const char * what) {
    const bool hex = std::all_of(digest.begin(), digest.end(),
                                 [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (!digest.empty() && (digest.size() != 64 || !hex)) {
        fail_usage(std::string(what) + " is not 64 lower-case hex digits");
    }
}

static void fill_moments(const input_stats & in, const syrk_kernel & kernel, int n_threads, float * out) {
    in.moment->mean(kernel, n_threads, out);
    for (int64_t i = 0; i < in.n; ++i) {
        if (!std::isfinite(out[packed_index(in.n, i, i)])) {
            fail_input("the second moment of '" + in.name + "' overflows at input " + std::to_string(i) +
                       "; the model is damaged");
        }
    }
}

void collector::save_moments(const std::string & path, const sd_provenance & p) const {
    if (problem_) {
        throw *problem_;
    }
    if (inputs_.empty()) {
        fail_usage(path + ": no input was collected, so there is nothing to save; ask for moments or samples and "
                          "evaluate a text in batches of 16 tokens or more");
    }
    const std::string model_sha = bounded_text(p.model_sha256);
    const std::string text_sha = bounded_text(p.text_sha256);
    require_digest(model_sha, "model_sha256");
    require_digest(text_sha, "text_sha256");

    gguf_out file;
    file.set_string("general.type", moments_type);
    file.set_u32("seeddelta.moments.version", moments_version);
    file.set_string("seeddelta.moments.builder", SEEDDELTA_VERSION);
    file.set_string("seeddelta.moments.model.name", bounded_text(p.model_name));
    file.set_string("seeddelta.moments.model.sha256", model_sha);
    file.set_string("seeddelta.moments.text.name", bounded_text(p.text_name));
    file.set_string("seeddelta.moments.text.sha256", text_sha);
    file.set_u32("seeddelta.moments.chunk_size", uint32_t(options_.chunk_size));
    file.set_u32("seeddelta.moments.chunk_count", uint32_t(std::max(0, p.chunks)));
    file.set_u64("seeddelta.moments.seed", options_.seed);

    std::vector<std::string> names, weights, weight_inputs;
    for (const auto & [name, in] : inputs_) {
        names.push_back(name);
        for (const auto & w : in->weights) {
            weights.push_back(w);
            weight_inputs.push_back(name);
        }
    }
    file.set_strings("seeddelta.moments.inputs", names);
    file.set_strings("seeddelta.moments.weights", weights);
    file.set_strings("seeddelta.moments.weight_inputs", weight_inputs);

    for (const auto & named : inputs_) {
        const input_stats & in = *named.second;
        if (in.count == 0) {
            fail_input("input '" + in.name + "' was met but never evaluated; decode again");
        }
        file.add_i64(in.name + count_suffix, { in.count });
        if (in.moment) {
            file.add_f32(in.name + moments_suffix, { packed_size(in.n) },
                         [&in, this](float * out) { fill_moments(in, kernel_, options_.n_threads, out); });
        }
        if (in.samples) {
            const int64_t n_samples = in.samples->size();
            file.add_f32(in.name + samples_suffix, { in.n, n_samples },
                         [&in, n_samples](float * out) { std::copy_n(in.samples->data(), in.n * n_samples, out); });
        }
        if (in.residuals) {
            const int64_t n_samples = in.residuals->size();
            file.add_f32(in.name + residual_suffix, { in.n, n_samples },
                         [&in, n_samples](float * out) { std::copy_n(in.residuals->data(), in.n * n_samples, out); });
        }
    }
    file.write(path);
}

} // namespace seeddelta
