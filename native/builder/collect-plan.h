#pragma once

#include "collect-node.h"
#include "model.h"

#include <seeddelta/collect.h>

#include <map>

namespace seeddelta {

/// sd_collect_params, checked.
struct collect_options {
    bool imatrix = false;
    bool moments = false;
    bool process_output = false;
    int64_t chunk_size = 512;
    int64_t n_samples = 0; // 0 = none
    int n_threads = 0;
    int first_layer = 0;
    int last_layer = -1;
    uint64_t seed = 0;
    int64_t memory_limit = 0;
    std::vector<std::string> kinds;
    bool kinds_by_default = true;
};

/// SD_E_USAGE with the reason.
collect_options checked_options(const sd_collect_params & params);

/// Weights whose inputs are to be collected, and what that costs.
struct collect_plan {
    std::map<std::string, int64_t> weights; // name -> n_in
    std::map<std::string, int64_t> inputs;  // expected name -> n_in
    int64_t memory_bytes = 0;
    int64_t file_bytes = 0;
};

/// SD_E_INPUT when the model has none of the kinds, or lacks one that was asked for by name.
collect_plan plan_collection(const model & source, const collect_options & options);

/// SD_E_USAGE when the plan is above the limit, with how many layers fit.
void require_memory(const collect_plan & plan, const collect_options & options);

} // namespace seeddelta
