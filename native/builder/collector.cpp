#include "collector.h"

#include "json-writer.h"

#include "../codec/prng.h"

#include <algorithm>
#include <cstring>

namespace seeddelta {

reservoir::reservoir(int64_t n, int64_t capacity, uint64_t seed) : n_(n), capacity_(capacity), seed_(seed) {
    kept_.resize(size_t(n * capacity));
}

__extension__ typedef unsigned __int128 wide_word;

/// Two words of the generator for position `i` of the stream, as one number in [0, bound).
static int64_t draw_below(uint64_t seed, int64_t i, int64_t bound) {
    const uint32_t key = prng_row_key(seed, fnv1a64("samples"), i);
    const uint64_t word = (uint64_t(prng_word(key, 0)) << 32) | prng_word(key, 1);
    return int64_t((wide_word(word) * uint64_t(bound)) >> 64);
}

void reservoir::add(const float * x) {
    int64_t slot = seen_;
    if (seen_ >= capacity_) {
        slot = draw_below(seed_, seen_, seen_ + 1);
    }
    if (slot < capacity_) {
        std::copy_n(x, n_, kept_.data() + slot * n_);
    }
    ++seen_;
}

collector::collector(const model & source, const collect_options & options) :
    options_(options), plan_(plan_collection(source, options)), kernel_(active_syrk_kernel()) {
    require_memory(plan_, options_);
}

input_stats & collector::new_input(const std::string & name, int64_t n) {
    auto in = std::make_unique<input_stats>();
    in->name = name;
    in->n = n;
    if (options_.moments) {
        in->moment = std::make_unique<second_moment>(n);
    }
    if (options_.n_samples > 0) {
        in->samples = std::make_unique<reservoir>(n, options_.n_samples, options_.seed);
    }
    return *(inputs_[name] = std::move(in));
}

/// The residual stream that the normalised input `x` of a layer's feed-forward part was made from, found by the name
/// that llama.cpp gives it; nullptr where the graph has none. Its memory is still whole when the part's first matrix
/// multiplication runs, since the part's output is added to it afterwards.
static const ggml_tensor * residual_of(const ggml_tensor * x, int layer) {
    constexpr int max_steps = 6; // norm, its weight, its bias, a reshape or two
    const std::string number = "-" + std::to_string(layer);
    const ggml_tensor * t = x->src[0];
    for (int step = 0; t != nullptr && step < max_steps; ++step, t = t->src[0]) {
        const std::string name = plain_weight_name(t->name);
        if (name == "ffn_inp" + number || name == "sa_out" + number) {
            return ggml_are_same_shape(t, x) && t->type == GGML_TYPE_F32 ? t : nullptr;
        }
    }
    return nullptr;
}

/// Weights that read the very same tensor share an input. The first reader met names it; a later weight of the same
/// role that reads another tensor gets an input of its own.
input_stats & collector::input_of(const std::string & name, const ggml_tensor * source) {
    const auto known = by_weight_.find(name);
    if (known != by_weight_.end()) {
        input_stats & in = *known->second;
        if (in.weights.front() == name) {
            in.source = source;
        } else if (in.source != source) {
            fail_input("'" + name + "' shared its input with '" + in.weights.front() +
                       "' before and no longer does; use one collector for one model");
        }
        return in;
    }
    int layer = 0;
    std::string kind;
    parse_block_weight(name, layer, kind);
    const std::string block = "blk." + std::to_string(layer) + ".";
    std::string input = block + input_role(kind);
    const auto same_role = inputs_.find(input);
    const bool taken = same_role != inputs_.end();
    if (taken && same_role->second->source != source) {
        input = block + kind + "_in";
    }
    const bool shared = taken && same_role->second->source == source;
    input_stats & in = shared ? *same_role->second : new_input(input, source->ne[0]);
    in.weights.push_back(name);
    in.source = source;
    by_weight_[name] = &in;
    if (!shared && in.samples && input_role(kind) == "ffn_in" && residual_of(source, layer) != nullptr) {
        in.residuals = std::make_unique<reservoir>(in.n, options_.n_samples, options_.seed);
    }
    return in;
}

bool collector::wanted(const ggml_tensor * node, const std::string & name) {
    if (!imatrix_sums::wants(node, name, options_.process_output, !options_.imatrix)) {
        return false;
    }
    bool need = options_.imatrix;
    if (node->op == GGML_OP_MUL_MAT && plan_.weights.count(name) != 0) {
        need = input_of(name, node->src[1]).weights.front() == name || need;
    }
    return need;
}

static void require_finite(const std::vector<const float *> & rows, int64_t n, const std::string & name) {
    for (const float * x : rows) {
        uint32_t largest = 0; // of the bits without the sign; a full exponent is infinity or NaN
        for (int64_t j = 0; j < n; ++j) {
            uint32_t bits;
            std::memcpy(&bits, x + j, sizeof bits);
            largest = std::max(largest, bits & 0x7fffffffu);
        }
        if (largest >= 0x7f800000u) {
            fail_input("the activations of '" + name +
                       "' are not finite; the model is damaged or overflows on this text");
        }
    }
}

void collector::collect(const ggml_tensor * node, const std::string & name) {
    const activations x(node->src[1], host_copy_);
    if (options_.imatrix) {
        imatrix_.add(node, name, x);
    }
    const auto it = by_weight_.find(name);
    if (it == by_weight_.end() || it->second->weights.front() != name) {
        return;
    }
    input_stats & in = *it->second;
    if (x.ne(0) != in.n) {
        fail_input("'" + name + "' had " + std::to_string(in.n) + " inputs and now has " + std::to_string(x.ne(0)) +
                   "; use one collector for one model");
    }
    const auto rows = x.rows();
    require_finite(rows, in.n, name);
    if (in.moment) {
        in.moment->add(rows.data(), int64_t(rows.size()), kernel_, options_.n_threads, panels_);
    }
    if (in.samples) {
        add_samples(in, rows);
    }
    in.count += int64_t(rows.size());
}

void collector::add_samples(input_stats & in, const std::vector<const float *> & rows) {
    for (const float * row : rows) {
        in.samples->add(row);
    }
    if (!in.residuals) {
        return;
    }
    int layer = 0;
    std::string kind;
    parse_block_weight(in.weights.front(), layer, kind);
    const ggml_tensor * stream = residual_of(in.source, layer);
    if (stream == nullptr) {
        fail_input("the residual stream of layer " + std::to_string(layer) +
                   " was there before and is no longer; use one collector for one model");
    }
    const auto streams = activations(stream, residual_copy_).rows();
    require_finite(streams, in.n, stream->name);
    for (const float * row : streams) {
        in.residuals->add(row);
    }
}

bool collector::on_node(const ggml_tensor * node, bool ask) noexcept {
    if (problem_) {
        return false;
    }
    try {
        if (node->op != GGML_OP_MUL_MAT && node->op != GGML_OP_MUL_MAT_ID) {
            return !ask;
        }
        const std::string name = plain_weight_name(node->src[0]->name);
        if (ask) {
            return wanted(node, name);
        }
        collect(node, name);
        return true;
    } catch (const failure & e) {
        problem_.emplace(e);
    } catch (const std::bad_alloc &) {
        problem_.emplace(SD_E_NOMEM, "out of memory while collecting; collect fewer layers at a time");
    } catch (const std::exception & e) {
        problem_.emplace(SD_E_INTERNAL, e.what());
    }
    return false;
}

std::string collector::summary_json() const {
    json_writer json;
    json.begin_object();
    json.member("chunks", uint64_t(imatrix_.chunk_count(options_.chunk_size)));
    json.key("imatrix")
        .begin_object()
        .member("entries", int64_t(imatrix_.entries().size()))
        .key("partial")
        .begin_array();
    for (const auto & [name, e] : imatrix_.entries()) {
        if (std::find(e.counts.begin(), e.counts.end(), 0) != e.counts.end()) {
            json.value(name);
        }
    }
    json.end_array().end_object().key("inputs").begin_array();
    for (const auto & [name, in] : inputs_) {
        json.begin_object().member("name", name).member("n_in", in->n).member("count", in->count);
        json.member("samples", in->samples ? in->samples->size() : int64_t(0)).key("weights").begin_array();
        for (const auto & w : in->weights) {
            json.value(w);
        }
        json.end_array().end_object();
    }
    json.end_array().key("unseen").begin_array();
    for (const auto & [name, n] : plan_.weights) {
        if (by_weight_.count(name) == 0) {
            json.value(name);
        }
    }
    return json.end_array().end_object().text();
}

} // namespace seeddelta
