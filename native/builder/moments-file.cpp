#include "moments-file.h"

#include "collect-syrk.h"
#include "failure.h"
#include "json-writer.h"
#include "model-payload.h"

#include <cmath>

namespace seeddelta {

void moments_file::refuse(const std::string & reason) const {
    fail_input(file_.path() + ": " + reason + "; make it again with 'seeddelta imatrix --moments'");
}

std::string moments_file::text(const char * key) const {
    const int64_t id = gguf_find_key(file_.header(), key);
    if (id < 0) {
        return "";
    }
    if (gguf_get_kv_type(file_.header(), id) != GGUF_TYPE_STRING) {
        refuse(std::string("key ") + key + " is not text");
    }
    return gguf_get_val_str(file_.header(), id);
}

uint32_t moments_file::number(const char * key) const {
    const int64_t id = gguf_find_key(file_.header(), key);
    if (id < 0 || gguf_get_kv_type(file_.header(), id) != GGUF_TYPE_UINT32) {
        refuse(std::string("has no 32-bit key ") + key);
    }
    return gguf_get_val_u32(file_.header(), id);
}

static std::vector<std::string> strings(const gguf_context * header, const char * key) {
    const int64_t id = gguf_find_key(header, key);
    if (id < 0 || gguf_get_kv_type(header, id) != GGUF_TYPE_ARRAY ||
        gguf_get_arr_type(header, id) != GGUF_TYPE_STRING) {
        fail_input(std::string("has no list ") + key);
    }
    std::vector<std::string> out;
    for (size_t i = 0; i < gguf_get_arr_n(header, id); ++i) {
        out.emplace_back(gguf_get_arr_str(header, id, i));
    }
    return out;
}

/// n with n (n + 1) / 2 = size, or -1.
static int64_t triangle_side(int64_t size) {
    int64_t n = int64_t((std::sqrt(8.0 * double(size) + 1.0) - 1.0) / 2.0);
    for (n = n > 0 ? n - 1 : 0; packed_size(n) < size; ++n) {
    }
    return packed_size(n) == size ? n : -1;
}

input_place moments_file::read_input(const std::string & name) const {
    input_place in;
    in.name = name;
    in.moments = file_.find(name + moments_suffix);
    in.samples = file_.find(name + samples_suffix);
    in.residual = file_.find(name + residual_suffix);
    const int64_t count = file_.find(name + count_suffix);
    if (count < 0 || (in.moments < 0 && in.samples < 0)) {
        refuse("input '" + name + "' lacks its count, or both moments and samples");
    }
    const tensor_place & c = file_.tensors()[size_t(count)];
    if (c.type != GGML_TYPE_I64 || c.size != int64_t(sizeof in.count)) {
        refuse("tensor '" + c.name + "' is not one 64-bit number");
    }
    file_.read(c, &in.count);
    if (in.count < 1) {
        refuse("input '" + name + "' was seen " + std::to_string(in.count) + " times");
    }
    if (in.moments >= 0) {
        const tensor_place & t = file_.tensors()[size_t(in.moments)];
        in.n = t.type == GGML_TYPE_F32 && t.size == 4 * t.ne[0] ? triangle_side(t.ne[0]) : -1;
        if (in.n < 1) {
            refuse("tensor '" + t.name + "' is not a packed triangle in f32");
        }
    }
    if (in.samples >= 0) {
        const tensor_place & t = file_.tensors()[size_t(in.samples)];
        if (t.type != GGML_TYPE_F32 || t.ne[2] != 1 || t.ne[3] != 1 || (in.n != 0 && t.ne[0] != in.n)) {
            refuse("tensor '" + t.name + "' is not [n_in, n_samples] in f32, or disagrees with the moments");
        }
        in.n = t.ne[0];
        in.n_samples = t.ne[1];
        if (in.n_samples > in.count) {
            refuse("input '" + name + "' has more samples than it was seen");
        }
    }
    if (in.residual >= 0) {
        const tensor_place & t = file_.tensors()[size_t(in.residual)];
        if (in.samples < 0 || t.type != GGML_TYPE_F32 || t.ne[0] != in.n || t.ne[1] != in.n_samples || t.ne[2] != 1 ||
            t.ne[3] != 1) {
            refuse("tensor '" + t.name + "' is not in f32 what the samples of '" + name + "' ask for");
        }
    }
    return in;
}

moments_file::moments_file(const std::string & path) : file_(path) {
    const std::string type = text("general.type");
    if (type != moments_type) {
        fail_input(path + ": is " + (type.empty() ? "a GGUF file without a type" : "of type '" + type + "'") +
                   ", not second moments; give the file that 'seeddelta imatrix --moments' wrote");
    }
    const uint32_t version = number("seeddelta.moments.version");
    if (version < oldest_moments_version || version > moments_version) {
        refuse("has version " + std::to_string(version) + ", this program reads " +
               std::to_string(oldest_moments_version) + " to " + std::to_string(moments_version));
    }
    std::vector<std::string> names, weights, weight_inputs;
    try {
        names = strings(file_.header(), "seeddelta.moments.inputs");
        weights = strings(file_.header(), "seeddelta.moments.weights");
        weight_inputs = strings(file_.header(), "seeddelta.moments.weight_inputs");
    } catch (const failure & e) {
        refuse(e.what());
    }
    std::map<std::string, size_t> by_name;
    for (const auto & name : names) {
        if (!by_name.emplace(name, inputs_.size()).second) {
            refuse("input '" + name + "' is listed twice");
        }
        inputs_.push_back(read_input(name));
    }
    if (weights.size() != weight_inputs.size()) {
        refuse("lists " + std::to_string(weights.size()) + " weights and " + std::to_string(weight_inputs.size()) +
               " inputs of weights");
    }
    for (size_t i = 0; i < weights.size(); ++i) {
        const auto it = by_name.find(weight_inputs[i]);
        if (it == by_name.end() || !by_weight_.emplace(weights[i], it->second).second) {
            refuse("weight '" + weights[i] + "' is listed twice or reads an input that is not there");
        }
        inputs_[it->second].weights.push_back(weights[i]);
    }
}

const input_place * moments_file::find(const std::string & weight) const {
    const auto it = by_weight_.find(weight);
    return it == by_weight_.end() ? nullptr : &inputs_[it->second];
}

void moments_file::load_matrix(const input_place & place, input_data & data) const {
    const int64_t n = place.n;
    data.packed.resize(size_t(packed_size(n)));
    file_.read(file_.tensors()[size_t(place.moments)], data.packed.data());
    std::vector<double> root(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
        const float d = data.packed[size_t(packed_index(n, i, i))];
        if (!(d >= 0.0f) || !std::isfinite(d)) {
            refuse("the moments of '" + place.name + "' are negative or not finite at input " + std::to_string(i));
        }
        root[size_t(i)] = std::sqrt(double(d)) * 1.001 + 1e-20;
    }
    const float * m = data.packed.data();
    for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = i; j < n; ++j, ++m) {
            if (!(std::fabs(double(*m)) <= root[size_t(i)] * root[size_t(j)])) {
                refuse("the moments of '" + place.name + "' are impossible at inputs " + std::to_string(i) + " and " +
                       std::to_string(j) + " (NaN, or larger than their variances allow)");
            }
        }
    }
}

std::vector<float> moments_file::load_rows(const input_place & place, int64_t tensor) const {
    std::vector<float> rows(size_t(place.n * place.n_samples));
    file_.read(file_.tensors()[size_t(tensor)], rows.data());
    for (size_t i = 0; i < rows.size(); ++i) {
        if (!std::isfinite(rows[i])) {
            refuse((tensor == place.samples ? "sample " : "residual stream ") + std::to_string(int64_t(i) / place.n) +
                   " of '" + place.name + "' is not finite");
        }
    }
    return rows;
}

std::shared_ptr<const input_data> moments_file::load(const input_place & place) const {
    auto data = std::make_shared<input_data>(*load_samples(place));
    if (place.moments >= 0) {
        load_matrix(place, *data);
    }
    return data;
}

std::shared_ptr<const input_data> moments_file::load_samples(const input_place & place) const {
    file_.file().check_unchanged();
    auto data = std::make_shared<input_data>();
    data->name = place.name;
    data->n = place.n;
    data->count = place.count;
    data->n_samples = place.n_samples;
    if (place.samples >= 0) {
        data->samples = load_rows(place, place.samples);
    }
    if (place.residual >= 0) {
        data->residual = load_rows(place, place.residual);
    }
    return data;
}

void moments_file::check(const model & other, const std::string & sha256) const {
    const std::string stored = text("seeddelta.moments.model.sha256");
    const std::string named = text("seeddelta.moments.model.name");
    if (!sha256.empty() && !stored.empty() && stored != sha256) {
        fail_input(file_.path() + ": was collected on another model ('" + named + "', SHA-256 " + stored.substr(0, 12) +
                   "…; " + other.path() + " has " + sha256.substr(0, 12) + "…); collect it again on this one");
    }
    for (const auto & [weight, index] : by_weight_) {
        const int64_t n_in = weight_inputs(other, weight);
        if (n_in < 0) {
            fail_input(file_.path() + ": has moments for '" + weight + "', which " + other.path() +
                       " lacks; it was collected on another model" + (named.empty() ? "" : " ('" + named + "')"));
        }
        if (n_in != inputs_[index].n) {
            fail_input(file_.path() + ": has " + std::to_string(inputs_[index].n) + " inputs for '" + weight + "', " +
                       other.path() + " has " + std::to_string(n_in) + "; it was collected on another model" +
                       (named.empty() ? "" : " ('" + named + "')"));
        }
    }
}

std::string moments_file::info_json() const {
    json_writer json;
    json.begin_object().member("version", uint64_t(number("seeddelta.moments.version")));
    json.key("model").begin_object().member("name", text("seeddelta.moments.model.name"));
    json.member("sha256", text("seeddelta.moments.model.sha256")).end_object();
    json.key("text").begin_object().member("name", text("seeddelta.moments.text.name"));
    json.member("sha256", text("seeddelta.moments.text.sha256")).end_object();
    json.member("chunk_size", uint64_t(number("seeddelta.moments.chunk_size")));
    json.member("chunks", uint64_t(number("seeddelta.moments.chunk_count"))).key("inputs").begin_array();
    for (const auto & in : inputs_) {
        json.begin_object().member("name", in.name).member("n_in", in.n).member("count", in.count);
        json.member("moments", in.moments >= 0).member("samples", in.n_samples);
        json.member("residual", in.residual >= 0).key("weights").begin_array();
        for (const auto & w : in.weights) {
            json.value(w);
        }
        json.end_array().end_object();
    }
    return json.end_array().end_object().text();
}

} // namespace seeddelta
