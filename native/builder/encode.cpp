#include "encoder.h"
#include "failure.h"
#include "refit.h"
#include "sums.h"
#include "threads.h"

#include <cmath>
#include <cstring>

namespace seeddelta {

std::vector<float> row_units(const dense_weight & w, const encode_options & options) {
    std::vector<float> units(size_t(w.n_out()), 1.0f);
    if (options.row_scale == SD_ROW_SCALE_NONE) {
        return units;
    }
    parallel_rows(w.n_out(), options.n_threads, [&](int64_t, int64_t first, int64_t last) {
        for (int64_t r = first; r < last; ++r) {
            const float * row = w.row(r);
            const double  sum = sum_lanes(w.n_in(), [&](int64_t c) { return double(row[c]) * double(row[c]); });
            const float   rms = float(std::sqrt(sum / double(w.n_in())));
            units[size_t(r)] = rms > 0.0f ? rms : 1.0f;
        }
    });
    return units;
}

void residual_job::row(int64_t index, float * r) const {
    const int64_t n = w.n_in();
    const float * row = w.row(index);
    const float   unit = units[size_t(index)];
    if (base.is_zero()) {
        for (int64_t c = 0; c < n; ++c) {
            r[c] = row[c] / unit;
        }
        return;
    }
    std::memset(r, 0, size_t(n) * sizeof(float));
    base.add_row(index, r);
    for (int64_t c = 0; c < n; ++c) {
        r[c] = row[c] / unit - r[c];
    }
}

std::unique_ptr<const fitted_base> fit_base(const dense_weight & w, const encode_options & options,
                                            const progress & watch) {
    auto base = std::make_unique<fitted_base>();
    base->weight_name = w.name();
    base->shape = { w.n_out(), w.n_in() };
    base->kind = options.base;
    base->unit_rows = options.row_scale != SD_ROW_SCALE_NONE;
    const base_encoder & encoder = find_base_encoder(options.base);
    encoder.layout(base->shape, options, base->layout);
    base->units = row_units(w, options);
    encoder.fit(w, options, watch, *base);
    return base;
}

std::shared_ptr<const stored_payload> encode(const dense_weight & w, const fitted_base & base,
                                             const encode_options & options, const progress & watch) {
    if (base.weight_name != w.name() || base.shape.n_out != w.n_out() || base.shape.n_in != w.n_in() ||
        base.kind != options.base || base.unit_rows != (options.row_scale != SD_ROW_SCALE_NONE)) {
        fail_usage("the base of '" + base.weight_name + "' (" + base.kind + ") was not fitted for this encoding of '" +
                   w.name() + "'");
    }
    auto out = std::make_shared<stored_payload>();
    out->view.name = w.name();
    out->view.n_out = w.n_out();
    out->view.n_in = w.n_in();
    out->view.base_kind = options.base;
    out->view.scheme = options.scheme;
    out->view.params = base.params;

    std::vector<tensor_layout> layout;
    payload_layout(base.shape, options, layout, out->view.params);
    out->allocate(layout);
    for (size_t i = 0; i < base.layout.size(); ++i) {
        if (out->view.find(base.layout[i].suffix)->size_bytes() != base.data[i].size()) {
            fail_usage("the base of '" + base.weight_name + "' was fitted with other sizes than this encoding asks for");
        }
        std::memcpy(out->data<uint8_t>(base.layout[i].suffix), base.data[i].data(), base.data[i].size());
    }

    const residual_job job{ w, base.units, *base.decoded, options, watch };
    find_residual_encoder(options.scheme).encode(job, *out);
    const second_moments * moments = job.refit_moments();
    const bool             whole = find_base_encoder(options.base).whole;
    fit_row_scale(w, moments, whole && moments ? damped_system::damping(*moments) : 0.0, options.n_threads, *out);
    return out;
}

} // namespace seeddelta
