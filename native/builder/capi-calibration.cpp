#include "guard.h"
#include "handles.h"
#include "imatrix-file.h"

#include <seeddelta/collect.h>

using namespace seeddelta;

struct sd_imatrix {
    explicit sd_imatrix(const char * path) : file(path) {}
    imatrix_file file;
    std::string info;
};

int64_t sd_collect_struct_size(int32_t which) {
    switch (which) {
        case 0:
            return sizeof(sd_collect_params);
        case 1:
            return sizeof(sd_collect_plan);
        case 2:
            return sizeof(sd_provenance);
        case 3:
            return sizeof(sd_imatrix_view);
        case 4:
            return sizeof(sd_moments_view);
        case 5:
            return sizeof(sd_layer_info);
        case 6:
            return sizeof(sd_layer_metrics);
        default:
            return -1;
    }
}

int32_t sd_imatrix_open(const char * path, sd_imatrix ** out, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        *out = new sd_imatrix(&required(path, "path"));
    });
}

void sd_imatrix_close(sd_imatrix * imatrix) {
    delete imatrix;
}

int32_t sd_imatrix_info(sd_imatrix * imatrix, const char ** json, sd_error * error) {
    return guarded(error, [&] {
        required(json, "json") = nullptr;
        sd_imatrix & im = required(imatrix, "imatrix");
        im.info = im.file.info_json();
        *json = im.info.c_str();
    });
}

int32_t sd_imatrix_check(const sd_imatrix * imatrix, const sd_model * model, sd_error * error) {
    return guarded(error, [&] { required(imatrix, "imatrix").file.check(required(model, "model").file); });
}

int32_t sd_imatrix_find(const sd_imatrix * imatrix, const char * weight, sd_imatrix_view * view, int32_t * found,
                        sd_error * error) {
    return guarded(error, [&] {
        required(view, "view") = {};
        required(found, "found") = 0;
        const imatrix_means * e = required(imatrix, "imatrix").file.find(&required(weight, "weight"));
        if (e != nullptr) {
            const int64_t n_mat = int64_t(e->counts.size());
            *view = { e->values.data(), e->counts.data(), int64_t(e->values.size()) / n_mat, n_mat };
            *found = 1;
        }
    });
}

int32_t sd_moments_open(const char * path, sd_moments ** out, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        *out = new sd_moments(&required(path, "path"));
    });
}

void sd_moments_close(sd_moments * moments) {
    delete moments;
}

int32_t sd_moments_info(sd_moments * moments, const char ** json, sd_error * error) {
    return guarded(error, [&] {
        required(json, "json") = nullptr;
        sd_moments & m = required(moments, "moments");
        m.info = m.file.info_json();
        *json = m.info.c_str();
    });
}

int32_t sd_moments_check(const sd_moments * moments, const sd_model * model, const char * model_sha256,
                         sd_error * error) {
    return guarded(error, [&] {
        required(moments, "moments").file.check(required(model, "model").file, model_sha256 ? model_sha256 : "");
    });
}

/// The data of the input that `weight` reads, read once for all weights that share it; nullptr when there is none.
static std::shared_ptr<const input_data> load_input(sd_moments & m, const std::string & weight) {
    const input_place * place = m.file.find(weight);
    if (place == nullptr) {
        return nullptr;
    }
    if (m.loaded == nullptr || m.loaded->name != place->name) {
        m.loaded = nullptr; // the old one goes before the new one comes
        m.loaded = m.file.load(*place);
    }
    return m.loaded;
}

int32_t sd_weight_set_moments(sd_weight * weight, sd_moments * moments, int32_t * found, sd_error * error) {
    return guarded(error, [&] {
        required(found, "found") = 0;
        dense_weight & w = required(weight, "weight").dense;
        const auto d = load_input(required(moments, "moments"), w.name() + ".weight");
        if (d != nullptr) {
            w.set_moments(std::make_shared<second_moments>(d->n, d->packed.empty() ? nullptr : d->packed.data(), d->count,
                                                           d->samples.empty() ? nullptr : d->samples.data(),
                                                           d->n_samples));
            *found = 1;
        }
    });
}

int32_t sd_moments_find(sd_moments * moments, const char * weight, sd_moments_view * view, int32_t * found,
                        sd_error * error) {
    return guarded(error, [&] {
        required(view, "view") = {};
        required(found, "found") = 0;
        const auto loaded = load_input(required(moments, "moments"), &required(weight, "weight"));
        if (loaded == nullptr) {
            return;
        }
        const input_data & d = *loaded;
        *view = { d.name.c_str(),
                  d.packed.empty() ? nullptr : d.packed.data(),
                  d.samples.empty() ? nullptr : d.samples.data(),
                  d.n,
                  d.count,
                  d.n_samples,
                  d.residual.empty() ? nullptr : d.residual.data() };
        *found = 1;
    });
}
