#include "../codec/terms.h"
#include "encoder.h"

namespace seeddelta {

static void layout(const weight_shape &, const encode_options &, std::vector<tensor_layout> &) {}

static void fit(const dense_weight & w, const encode_options &, const progress & watch, fitted_base & out) {
    out.decoded = std::make_unique<none_term>();
    watch.add(w.n_out() * w.n_in());
}

static double ops_per_row(const payload &) {
    return 0.0;
}

extern const base_encoder encode_none;
const base_encoder        encode_none = { layout, fit, ops_per_row };

} // namespace seeddelta
