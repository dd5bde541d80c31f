#include "encoder.h"
#include "failure.h"

#include <cstring>

namespace seeddelta {

static std::string bounded(const char * text, size_t size) {
    return std::string(text, strnlen(text, size));
}

encode_options encode_options::from(const sd_encode_params & p) {
    encode_options o;
    o.base = bounded(p.base, sizeof p.base);
    o.scheme = bounded(p.scheme, sizeof p.scheme);
    find_base_encoder(o.base);
    find_residual_encoder(o.scheme);
    o.seed = p.seed;
    o.k = p.k;
    o.block = p.block;
    if (p.value_type != SD_VALUE_F16 && p.value_type != SD_VALUE_I8) {
        fail_usage("unknown value type " + std::to_string(p.value_type));
    }
    o.values = sd_value_type(p.value_type);
    if (p.row_scale != SD_ROW_SCALE_NONE && p.row_scale != SD_ROW_SCALE_F16 && p.row_scale != SD_ROW_SCALE_F32) {
        fail_usage("unknown row scale " + std::to_string(p.row_scale));
    }
    o.row_scale = sd_row_scale(p.row_scale);
    o.n_threads = p.n_threads;
    return o;
}

void payload_layout(const weight_shape & shape, const encode_options & o, std::vector<tensor_layout> & tensors,
                    std::map<std::string, param_value> & params) {
    if (shape.n_out < 1 || shape.n_in < 1 || shape.n_out > INT32_MAX || shape.n_in > INT32_MAX) {
        fail_usage("a weight of " + std::to_string(shape.n_out) + " x " + std::to_string(shape.n_in) +
                   " is impossible");
    }
    if (o.row_scale != SD_ROW_SCALE_NONE) {
        tensors.push_back({ "row_scale", o.row_scale == SD_ROW_SCALE_F16 ? elem::f16 : elem::f32,
                            { shape.n_out, 1, 1 } });
    }
    find_base_encoder(o.base).layout(shape, o, tensors);
    find_residual_encoder(o.scheme).layout(shape, o, tensors, params);
}

} // namespace seeddelta
