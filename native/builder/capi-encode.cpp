#include "guard.h"
#include "handles.h"
#include "metrics.h"

#include <cstring>

using namespace seeddelta;

int32_t sd_weight_open(const sd_model * model, const char * tensor, int32_t n_threads, sd_weight ** out,
                       sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        *out = new sd_weight{ dense_weight(required(model, "model").file, &required(tensor, "tensor"), n_threads) };
    });
}

void sd_weight_close(sd_weight * weight) {
    delete weight;
}

int32_t sd_weight_set_importance(sd_weight * weight, const float * importance, int64_t n_in, float power, float eps,
                                 sd_error * error) {
    return guarded(error, [&] {
        required(weight, "weight").dense.set_importance(&required(importance, "importance"), n_in, power, eps);
    });
}

int32_t sd_base_fit(const sd_weight * weight, const sd_encode_params * params, sd_base ** out, sd_base_stats * stats,
                    sd_progress * shared, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        auto base = fit_base(required(weight, "weight").dense, encode_options::from(required(params, "params")),
                             progress(shared));
        if (stats != nullptr) {
            *stats = base->stats;
        }
        *out = new sd_base{ std::move(base) };
    });
}

void sd_base_close(sd_base * base) {
    delete base;
}

int32_t sd_payload_plan(int64_t n_out, int64_t n_in, const sd_encode_params * params, int64_t * bytes,
                        sd_error * error) {
    return guarded(error, [&] {
        required(bytes, "bytes") = 0;
        std::vector<tensor_layout>         layout;
        std::map<std::string, param_value> unused;
        payload_layout({ n_out, n_in }, encode_options::from(required(params, "params")), layout, unused);
        for (const auto & t : layout) {
            *bytes += t.size_bytes();
        }
    });
}

int32_t sd_encode(const sd_weight * weight, const sd_base * base, const sd_encode_params * params, sd_payload ** out,
                  sd_progress * shared, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        *out = new sd_payload{ encode(required(weight, "weight").dense, *required(base, "base").fitted,
                                      encode_options::from(required(params, "params")), progress(shared)) };
    });
}

void sd_payload_close(sd_payload * payload) {
    delete payload;
}

int64_t sd_payload_size_bytes(const sd_payload * payload) {
    return payload == nullptr ? -1 : int64_t(payload->stored->view.size_bytes());
}

int32_t sd_payload_save(const sd_payload * payload, const char * path, sd_error * error) {
    return guarded(error, [&] { save_payload(*required(payload, "payload").stored, &required(path, "path")); });
}

int32_t sd_payload_load(const char * path, sd_payload ** out, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        *out = new sd_payload{ load_payload(&required(path, "path")) };
    });
}

int32_t sd_payload_from_model(const sd_model * model, const char * name, sd_payload ** out, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        *out = new sd_payload{ payload_of_model(required(model, "model").file, &required(name, "name")) };
    });
}

int32_t sd_payload_sha256(const sd_payload * payload, char * hex, sd_error * error) {
    return guarded(error, [&] {
        const std::string digest = required(payload, "payload").stored->digest_hex();
        std::memcpy(&required(hex, "hex"), digest.c_str(), digest.size() + 1);
    });
}

int32_t sd_measure(const sd_weight * weight, const sd_payload * payload, const sd_measure_params * params,
                   sd_metrics * out, sd_progress * shared, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = measure(required(weight, "weight").dense, *required(payload, "payload").stored,
                                       required(params, "params"), progress(shared));
    });
}
