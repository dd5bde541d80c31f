#include "sd-loader.h"

#include "../op/sd-op.h"
#include "payload-reader.h"
#include "seeddelta/runtime.h"

#include "ggml-cpu.h"
#include "llama-impl.h"
#include "llama-model-loader.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace seeddelta {

namespace {

struct entry {
    payload p; // without tensors until finish()
    std::vector<std::string> tensor_names;
    std::vector<const ggml_tensor *> tensors;
    const ggml_tensor * twin = nullptr;
    std::unique_ptr<implicit_weight> implicit;
};

const std::string weight_suffix = ".weight";

/// A dense twin to fall back to is loaded under this name, since the implicit tensor takes the real one. It is mapped
/// and not touched unless a result needs it.
const std::string twin_suffix = ".dense";

ggml_tensor * create_as_stored(llama_model_loader & ml, ggml_context * ctx, const std::string & name) {
    const auto * stored = ml.require_tensor_meta(name);
    ggml_tensor * t = ggml_dup_tensor(ctx, stored);
    ggml_set_name(t, name.c_str());
    ml.n_created++;
    return t;
}

/// A tensor that the file has and this run does not need: it counts as created and is forgotten, so that nobody maps it
/// into a buffer, reads it, or takes its data for that of an implicit tensor with the same name.
void leave_out(llama_model_loader & ml, const std::string & name) {
    ml.weights_map.erase(name);
    ml.n_created++;
}

bool wants_dense(const payload & p, const sd_runtime_options & options, bool has_twin) {
    if (!options.payloads) {
        if (!has_twin) {
            p.fail("the dense tensor was stripped from this file, so it cannot run with --no-seeddelta");
        }
        return true;
    }
    if (!p.has_param("norm_err_w") || p.param_f64("norm_err_w") <= double(options.gap)) {
        return false;
    }
    if (!has_twin) {
        LLAMA_LOG_WARN("%s: %s exceeds --seeddelta-gap, but its dense tensor was stripped from this file\n", __func__,
                       p.name.c_str());
    }
    return has_twin;
}

} // namespace

struct loader::state {
    llama_model_loader * ml = nullptr;
    std::map<std::string, entry> entries; // by weight name, "blk.2.ffn_gate"
};

loader::loader(std::unique_ptr<state> s) : state_(std::move(s)) {}

loader::~loader() = default;

std::shared_ptr<loader> loader::open(llama_model_loader & ml) {
    if (ml.metadata == nullptr || ml.files.empty()) {
        return nullptr;
    }
    auto s = std::make_unique<state>();
    s->ml = &ml;
    for (const auto & name : payload_names(ml.metadata)) {
        s->entries[name].p = read_payload_keys(ml.metadata, name);
    }
    for (const auto & it : ml.weights_map) {
        std::string name;
        std::string suffix;
        if (!split_payload_tensor_name(it.first, name, suffix)) {
            continue;
        }
        const auto found = s->entries.find(name);
        if (found != s->entries.end()) {
            found->second.tensor_names.push_back(it.first);
        }
    }
    if (s->entries.empty()) {
        return nullptr;
    }

    sd_runtime_options options;
    sd_runtime_get_options(&options);
    const size_t n_payloads = s->entries.size();
    size_t n_twins = 0;
    size_t n_stripped = 0;
    std::string first_stripped;
    for (auto it = s->entries.begin(); it != s->entries.end();) {
        const entry & e = it->second;
        const std::string dense = it->first + weight_suffix;
        const bool has_twin = ml.get_weight(dense.c_str()) != nullptr;
        if (wants_dense(e.p, options, has_twin)) {
            for (const auto & name : e.tensor_names) {
                leave_out(ml, name);
            }
            it = s->entries.erase(it);
            continue;
        }
        if (has_twin && options.fallback) {
            n_twins++;
            auto node = ml.weights_map.extract(dense);
            node.key() = dense + twin_suffix;
            ggml_set_name(node.mapped().tensor, node.key().c_str());
            ml.weights_map.insert(std::move(node));
        } else if (has_twin) {
            leave_out(ml, dense);
        } else if (options.fallback) {
            n_stripped++;
            first_stripped = first_stripped.empty() ? dense : first_stripped;
        }
        ++it;
    }
    if (n_stripped > 0) {
        LLAMA_LOG_WARN(
            "%s: %zu weights were stripped, the first is %s: --seeddelta-fallback has no dense twin for them\n",
            __func__, n_stripped, first_stripped.c_str());
    }
    LLAMA_LOG_INFO("%s: %zu of %zu payloads in use, %zu with a dense twin to fall back to\n", __func__,
                   s->entries.size(), n_payloads, n_twins);
    return std::shared_ptr<loader>(s->entries.empty() ? nullptr : new loader(std::move(s)));
}

ggml_tensor * loader::create_tensor(const std::string & name, std::initializer_list<int64_t> ne,
                                    const context_for & context) {
    if (name.size() <= weight_suffix.size() ||
        name.compare(name.size() - weight_suffix.size(), weight_suffix.size(), weight_suffix) != 0) {
        return nullptr;
    }
    const auto it = state_->entries.find(name.substr(0, name.size() - weight_suffix.size()));
    if (it == state_->entries.end()) {
        return nullptr;
    }
    entry & e = it->second;
    if (ne.size() != 2 || ne.begin()[0] != e.p.n_in || ne.begin()[1] != e.p.n_out) {
        e.p.fail("the payload stands for " + std::to_string(e.p.n_out) + " x " + std::to_string(e.p.n_in) +
                 ", the architecture wants " + llama_format_tensor_shape(ne));
    }
    if (e.implicit) {
        e.p.fail("the architecture asks for this weight twice, which payloads do not support");
    }

    auto * ctx = context(ggml_backend_cpu_buffer_type());
    for (const auto & tensor_name : e.tensor_names) {
        e.tensors.push_back(create_as_stored(*state_->ml, ctx, tensor_name));
    }
    if (state_->ml->get_weight((name + twin_suffix).c_str()) != nullptr) {
        e.twin = create_as_stored(*state_->ml, ctx, name + twin_suffix);
    }
    e.implicit = std::make_unique<implicit_weight>();
    return e.implicit->make_tensor(context(op_buffer_type()), name, e.p.n_in, e.p.n_out);
}

void loader::finish(named_tensors & model_tensors) {
    std::unordered_set<const ggml_tensor *> parts;
    for (auto & it : state_->entries) {
        entry & e = it.second;
        if (!e.implicit) {
            e.p.fail("the file has a payload for a weight this architecture does not use");
        }
        for (const auto * t : e.tensors) {
            std::string name;
            tensor_view view;
            split_payload_tensor_name(t->name, name, view.suffix);
            view.type = elem_from_ggml(t->type, t->name);
            for (int i = 0; i < 3; ++i) {
                view.ne[i] = t->ne[i];
            }
            if (t->ne[3] != 1) {
                e.p.fail("payload tensor '" + view.suffix + "' has four dimensions");
            }
            view.data = t->data;
            e.p.tensors.push_back(view);
        }
        parts.insert(e.tensors.begin(), e.tensors.end());
        parts.insert(e.twin);
        e.implicit->bind(e.p, e.twin);
        e.p = {}; // keys and names are of no use to a loaded model
        e.tensor_names = {};
        e.tensors = {};
    }
    model_tensors.erase(std::remove_if(model_tensors.begin(), model_tensors.end(),
                                       [&](const auto & named) { return parts.count(named.second) > 0; }),
                        model_tensors.end());
    state_->ml = nullptr; // the loader is gone when the model lives on
}

} // namespace seeddelta
