#include "guard.h"
#include "handles.h"
#include "model-payload.h"
#include "progress.h"
#include "sha256.h"

#include <algorithm>
#include <cstring>

using namespace seeddelta;

template <size_t N> static void copy_text(char (&out)[N], const std::string & text) {
    const size_t n = std::min(text.size(), N - 1);
    std::memcpy(out, text.data(), n);
    std::memset(out + n, 0, N - n);
}

int32_t sd_model_open(const char * path, sd_model ** out, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        *out = new sd_model(&required(path, "path"));
    });
}

void sd_model_close(sd_model * model) {
    delete model;
}

int64_t sd_model_size_bytes(const sd_model * model) {
    return model == nullptr ? -1 : model->file.file().size();
}

int64_t sd_model_n_tensors(const sd_model * model) {
    return model == nullptr ? -1 : int64_t(model->file.tensors().size());
}

int32_t sd_model_tensor(const sd_model * model, int64_t index, sd_tensor_info * out, sd_error * error) {
    return guarded(error, [&] {
        const auto &     tensors = required(model, "model").file.tensors();
        sd_tensor_info & info = required(out, "out");
        if (index < 0 || index >= int64_t(tensors.size())) {
            fail_usage("tensor " + std::to_string(index) + " of " + std::to_string(tensors.size()) + " does not exist");
        }
        const tensor_place & place = tensors[size_t(index)];
        copy_text(info.name, place.name);
        copy_text(info.type, ggml_type_name(place.type));
        info.n_dims = place.n_dims;
        info.dequantizable = can_dequantize(place.type) ? 1 : 0;
        std::copy(place.ne, place.ne + 4, info.ne);
        info.offset_bytes = place.offset;
        info.size_bytes = place.size;
    });
}

int32_t sd_model_metadata(sd_model * model, int64_t max_array, const char ** json, sd_error * error) {
    return guarded(error, [&] {
        required(json, "json") = nullptr;
        sd_model & m = required(model, "model");
        m.metadata = metadata_json(m.file.header(), max_array);
        *json = m.metadata.c_str();
    });
}

int32_t sd_model_sha256(const sd_model * model, char * hex, sd_progress * shared, sd_error * error) {
    return guarded(error, [&] {
        required(hex, "hex");
        const std::string digest = file_sha256(required(model, "model").file.file(), progress(shared));
        std::memcpy(hex, digest.c_str(), digest.size() + 1);
    });
}

int32_t sd_model_payloads(sd_model * model, const char ** json, sd_error * error) {
    return guarded(error, [&] {
        required(json, "json") = nullptr;
        sd_model & m = required(model, "model");
        m.payloads = payloads_json(m.file);
        *json = m.payloads.c_str();
    });
}
