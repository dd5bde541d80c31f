#include "weight.h"

#include "f16.h"
#include "registry.h"
#include "values.h"

#include <algorithm>

namespace seeddelta {

std::unique_ptr<const weight> weight::open(const payload & p) {
    if (p.n_out < 1 || p.n_in < 1 || p.n_out > INT32_MAX || p.n_in > INT32_MAX) {
        p.fail("the weight has an impossible shape " + std::to_string(p.n_out) + " x " + std::to_string(p.n_in));
    }
    const auto * base = find_base(p.base_kind);
    if (base == nullptr) {
        p.fail("unknown base kind '" + p.base_kind + "' (known: " + known_names(base_rows()) + ")");
    }
    const auto * scheme = find_scheme(p.scheme);
    if (scheme == nullptr) {
        p.fail("unknown scheme '" + p.scheme + "' (known: " + known_names(scheme_rows()) + ")");
    }

    auto w = std::make_unique<weight>();
    w->name_ = p.name;
    w->n_out_ = p.n_out;
    w->n_in_ = p.n_in;
    w->base_id_ = base->id;
    w->residual_id_ = scheme->id;
    if (p.find("row_scale") != nullptr) {
        const auto & scale = p.require("row_scale", { elem::f16, elem::f32 }, { p.n_out });
        require_finite(p, scale);
        w->scale_ = scale.data;
        w->scale_type_ = scale.type;
    } else if (p.has_param("row_scale") && p.param_u64("row_scale", 0, 1) == 1) {
        p.fail("payload tensor 'row_scale' is missing");
    }
    w->base_ = base->decode(p);
    w->residual_ = scheme->decode(p);
    return w;
}

float weight::row_scale(int64_t row) const {
    if (scale_ == nullptr) {
        return 1.0f;
    }
    return scale_type_ == elem::f16 ? f16_to_f32(static_cast<const uint16_t *>(scale_)[row])
                                    : static_cast<const float *>(scale_)[row];
}

void weight::row_scales(int64_t first, int64_t n, float * s) const {
    if (scale_ == nullptr) {
        std::fill(s, s + n, 1.0f);
    } else if (scale_type_ == elem::f16) {
        const uint16_t * scale = static_cast<const uint16_t *>(scale_) + first;
        std::transform(scale, scale + n, s, finite_f16_to_f32);
    } else {
        const float * scale = static_cast<const float *>(scale_) + first;
        std::copy(scale, scale + n, s);
    }
}

float weight::kernel_tolerance() const {
    return std::max(base_->kernel_tolerance(), residual_->kernel_tolerance());
}

void weight::decode_row(int64_t row, float * w) const {
    std::fill(w, w + n_in_, 0.0f);
    base_->add_row(row, w);
    residual_->add_row(row, w);
    const float s = row_scale(row);
    for (int64_t i = 0; i < n_in_; ++i) {
        w[i] *= s;
    }
}

} // namespace seeddelta
