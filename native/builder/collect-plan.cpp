#include "collect-plan.h"

#include "collect-syrk.h"
#include "failure.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace seeddelta {

static std::vector<std::string> split_kinds(const std::string & text) {
    std::vector<std::string> kinds;
    for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find(',', at), text.size());
        std::string kind = text.substr(at, end - at);
        if (kind.empty()) {
            fail_usage("kinds '" + text + "' holds an empty name; write for instance ffn_gate,ffn_up,ffn_down");
        }
        if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
            kinds.push_back(std::move(kind));
        }
        at = end + 1;
    }
    return kinds;
}

collect_options checked_options(const sd_collect_params & p) {
    constexpr uint32_t known = SD_COLLECT_IMATRIX | SD_COLLECT_MOMENTS | SD_COLLECT_SAMPLES;
    if (p.what == 0 || (p.what & ~known) != 0) {
        fail_usage("'what' is " + std::to_string(p.what) + "; it is a sum of imatrix 1, moments 2, samples 4");
    }
    if (p.chunk_size < 1) {
        fail_usage("chunk_size is " + std::to_string(p.chunk_size) + "; it is the tokens of one chunk, e.g. 512");
    }
    constexpr int32_t max_samples = 1 << 20;
    const bool samples = (p.what & SD_COLLECT_SAMPLES) != 0;
    if (samples && (p.n_samples < 1 || p.n_samples > max_samples)) {
        fail_usage("n_samples is " + std::to_string(p.n_samples) + "; samples need 1 to " +
                   std::to_string(max_samples));
    }
    if (p.first_layer < 0 || p.last_layer < -1 || (p.last_layer >= 0 && p.last_layer < p.first_layer)) {
        fail_usage("layers " + std::to_string(p.first_layer) + " to " + std::to_string(p.last_layer) +
                   " are not a range; 0 and -1 mean all");
    }
    if (p.memory_limit_bytes < 0) {
        fail_usage("memory_limit_bytes is negative; 0 means no limit");
    }
    if (std::memchr(p.kinds, 0, sizeof p.kinds) == nullptr) {
        fail_usage("kinds does not end");
    }
    collect_options o;
    o.imatrix = (p.what & SD_COLLECT_IMATRIX) != 0;
    o.moments = (p.what & SD_COLLECT_MOMENTS) != 0;
    o.process_output = p.process_output != 0;
    o.chunk_size = p.chunk_size;
    o.n_samples = samples ? p.n_samples : 0;
    o.n_threads = p.n_threads;
    o.first_layer = p.first_layer;
    o.last_layer = p.last_layer;
    o.seed = p.seed;
    o.memory_limit = p.memory_limit_bytes;
    o.kinds_by_default = p.kinds[0] == '\0';
    o.kinds = split_kinds(o.kinds_by_default ? "ffn_gate,ffn_up,ffn_down" : p.kinds);
    return o;
}

/// Values kept per sampled position: the input, and the residual stream beside a feed-forward part's input.
static int64_t sample_values(const std::string & input, int64_t n) {
    static const std::string role = ".ffn_in";
    const bool residual = input.size() > role.size() && input.compare(input.size() - role.size(), role.size(), role) == 0;
    return residual ? 2 * n : n;
}

static int64_t input_memory(const std::string & input, int64_t n, const collect_options & options) {
    return (options.moments ? second_moment::bytes(n) : 0) + 4 * sample_values(input, n) * options.n_samples;
}

collect_plan plan_collection(const model & source, const collect_options & options) {
    collect_plan plan;
    std::set<std::string> kinds_found;
    int64_t widest = 0;
    for (const auto & t : source.tensors()) {
        int layer = 0;
        std::string kind;
        const bool in_block = parse_block_weight(t.name, layer, kind);
        if (options.imatrix && t.n_dims >= 2 && (in_block || (options.process_output && t.name == "output.weight"))) {
            plan.memory_bytes += 4 * t.ne[0] * t.ne[2] * t.ne[3] + 8 * t.ne[2];
        }
        if (!options.moments && options.n_samples == 0) {
            continue;
        }
        if (!in_block || std::find(options.kinds.begin(), options.kinds.end(), kind) == options.kinds.end() ||
            t.ne[2] != 1 || t.ne[3] != 1) {
            continue;
        }
        kinds_found.insert(kind);
        if (layer < options.first_layer || (options.last_layer >= 0 && layer > options.last_layer)) {
            continue;
        }
        plan.weights.emplace(t.name, t.ne[0]);
        const std::string input = "blk." + std::to_string(layer) + "." + input_role(kind);
        if (plan.inputs.emplace(input, t.ne[0]).second) {
            plan.memory_bytes += input_memory(input, t.ne[0], options);
            plan.file_bytes += (options.moments ? 4 * packed_size(t.ne[0]) : 0) +
                               4 * sample_values(input, t.ne[0]) * options.n_samples + 8;
            widest = std::max(widest, t.ne[0]);
        }
    }
    if (!options.moments && options.n_samples == 0) {
        return plan;
    }
    for (const auto & kind : options.kinds) {
        if (!options.kinds_by_default && kinds_found.count(kind) == 0) {
            fail_input(source.path() + ": has no matrix blk.*." + kind + ".weight; choose other kinds");
        }
    }
    if (plan.weights.empty()) {
        fail_input(source.path() + ": has no dense matrix of these kinds in these layers (mixtures of experts have " +
                   "none); choose other kinds or layers");
    }
    plan.memory_bytes += options.moments ? 4 * second_moment::scratch_floats(widest) : 0;
    return plan;
}

void require_memory(const collect_plan & plan, const collect_options & options) {
    if (options.memory_limit == 0 || plan.memory_bytes <= options.memory_limit) {
        return;
    }
    std::map<int, int64_t> per_layer;
    for (const auto & [name, n] : plan.inputs) {
        int layer = 0;
        std::string kind;
        parse_block_weight(name + ".weight", layer, kind);
        per_layer[layer] += input_memory(name, n, options);
    }
    int64_t fixed = plan.memory_bytes;
    int64_t largest = 0;
    for (const auto & [layer, bytes] : per_layer) {
        fixed -= bytes;
        largest = std::max(largest, bytes);
    }
    const auto mib = [](int64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB"; };
    const int64_t fit = largest == 0 ? 0 : std::max<int64_t>(0, (options.memory_limit - fixed) / largest);
    std::string remedy = fit > 0 ? "collect " + std::to_string(fit) + " layers at a time, or raise the limit"
                                 : std::string("not even one layer fits: raise the limit, or collect fewer samples");
    fail_usage("collecting needs " + mib(plan.memory_bytes) + ", the limit is " + mib(options.memory_limit) + "; " +
               remedy);
}

} // namespace seeddelta
