#include "dense.h"
#include "exact-math.h"
#include "failure.h"

#include <cmath>

namespace seeddelta {

void dense_weight::set_importance(const float * importance, int64_t n_in, float power, float eps) {
    if (n_in != n_in_) {
        fail_input(name_ + ": the importance has " + std::to_string(n_in) + " entries, the weight has " +
                   std::to_string(n_in_) + " inputs; was the imatrix made for another model?");
    }
    if (!std::isfinite(power) || power < 0.0f || power > 16.0f || !std::isfinite(eps) || eps < 0.0f) {
        fail_usage("importance power must be from 0 to 16 and eps finite and not negative");
    }
    std::vector<float> weights(static_cast<size_t>(n_in));
    bool               any = false;
    for (int64_t c = 0; c < n_in; ++c) {
        if (!std::isfinite(importance[c]) || importance[c] < 0.0f) {
            fail_input(name_ + ": the importance of input " + std::to_string(c) + " is negative or not finite");
        }
        const double w = exact_pow(double(importance[c]), double(power)) + double(eps);
        weights[size_t(c)] = float(w);
        if (!std::isfinite(weights[size_t(c)])) {
            fail_input(name_ + ": the importance of input " + std::to_string(c) + " is too large for this power");
        }
        any = any || weights[size_t(c)] > 0.0f;
    }
    if (!any) {
        fail_input(name_ + ": the importance is zero for every input; was the imatrix collected on any text?");
    }
    importance_ = std::move(weights);
}

} // namespace seeddelta
