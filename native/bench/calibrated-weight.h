#pragma once

#include "builder/dense.h"
#include "builder/imatrix-file.h"
#include "builder/moments-file.h"

#include <memory>
#include <string>

namespace seeddelta {

/// A weight of a model with its importance and its second moments; nullptr when imatrix or moments lack it.
inline std::unique_ptr<dense_weight> calibrated_weight(const model & source, const imatrix_file & imatrix,
                                                       const moments_file & moments, const std::string & name,
                                                       int n_threads) {
    const auto * means = imatrix.find(name);
    const auto * place = moments.find(name);
    if (means == nullptr || place == nullptr) {
        return nullptr;
    }
    auto w = std::make_unique<dense_weight>(source, name, n_threads);
    w->set_importance(means->values.data(), w->n_in(), 1.0f, 0.0f);
    const auto data = moments.load(*place);
    w->set_moments(std::make_shared<second_moments>(data->n, data->packed.data(), data->count, data->samples.data(),
                                                    data->n_samples));
    return w;
}

} // namespace seeddelta
