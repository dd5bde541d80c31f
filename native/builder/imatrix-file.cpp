#include "imatrix-file.h"

#include "failure.h"
#include "json-writer.h"
#include "model-payload.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace seeddelta {

static const std::string sums_suffix = ".in_sum2";
static const std::string counts_suffix = ".counts";

void imatrix_file::refuse(const std::string & reason) const {
    fail_input(path_ + ": " + reason + "; make it again with 'seeddelta imatrix' or llama-imatrix");
}

/// The old form has no magic number, so anything that is not GGUF may be one.
static void refuse_legacy(const std::string & path) {
    const input_file file(path);
    char magic[4] = {};
    file.read(magic, size_t(std::min<int64_t>(file.size(), sizeof magic)), 0);
    if (std::memcmp(magic, GGUF_MAGIC, sizeof magic) != 0) {
        fail_input(path + ": is not a GGUF file; if it is an imatrix of the old .dat form, convert it with " +
                   "llama-imatrix --in-file FILE.dat --output-format gguf -o FILE.gguf");
    }
}

std::vector<float> imatrix_file::read_f32(const model & file, const tensor_place & place) const {
    if (place.type != GGML_TYPE_F32) {
        refuse("tensor '" + place.name + "' is " + ggml_type_name(place.type) + ", not f32");
    }
    std::vector<float> out(size_t(place.size) / sizeof(float));
    file.read(place, out.data());
    for (size_t i = 0; i < out.size(); ++i) {
        if (!std::isfinite(out[i]) || out[i] < 0.0f) {
            refuse("tensor '" + place.name + "' is negative or not finite at " + std::to_string(i));
        }
    }
    return out;
}

void imatrix_file::read_metadata(const model & file) {
    const gguf_context * h = file.header();
    const auto number = [&](const char * key) {
        const int64_t id = gguf_find_key(h, key);
        return id >= 0 && gguf_get_kv_type(h, id) == GGUF_TYPE_UINT32 ? gguf_get_val_u32(h, id) : 0u;
    };
    chunk_count_ = number("imatrix.chunk_count");
    chunk_size_ = number("imatrix.chunk_size");
    const int64_t id = gguf_find_key(h, "imatrix.datasets");
    if (id >= 0 && gguf_get_kv_type(h, id) == GGUF_TYPE_ARRAY && gguf_get_arr_type(h, id) == GGUF_TYPE_STRING) {
        for (size_t i = 0; i < gguf_get_arr_n(h, id); ++i) {
            datasets_.emplace_back(gguf_get_arr_str(h, id, i));
        }
    }
}

static bool strip(std::string & name, const std::string & suffix) {
    if (name.size() <= suffix.size() || name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0) {
        return false;
    }
    name.resize(name.size() - suffix.size());
    return true;
}

imatrix_file::imatrix_file(const std::string & path) : path_(path) {
    refuse_legacy(path);
    const model file(path);
    read_metadata(file);
    for (const auto & place : file.tensors()) {
        std::string name = place.name;
        if (strip(name, counts_suffix) && file.find(name + sums_suffix) < 0) {
            refuse("has counts but no sums for '" + name + "'");
        }
        name = place.name;
        if (!strip(name, sums_suffix)) {
            continue;
        }
        const int64_t counts_id = file.find(name + counts_suffix);
        if (counts_id < 0) {
            refuse("has sums but no counts for '" + name + "'");
        }
        imatrix_means e;
        e.values = read_f32(file, place);
        for (const float count : read_f32(file, file.tensors()[size_t(counts_id)])) {
            e.counts.push_back(std::llround(count));
        }
        if (e.values.size() % e.counts.size() != 0) {
            refuse("'" + name + "' has " + std::to_string(e.values.size()) + " sums for " +
                   std::to_string(e.counts.size()) + " counts");
        }
        if (std::all_of(e.counts.begin(), e.counts.end(), [](int64_t c) { return c == 0; })) {
            refuse("'" + name + "' was collected on no token at all");
        }
        const size_t n = e.values.size() / e.counts.size();
        for (size_t i = 0; i < e.values.size(); ++i) {
            const float count = float(e.counts[i / n]);
            e.values[i] = count > 0.0f ? e.values[i] / count : 1.0f; // as llama-quantize reads it
        }
        entries_.emplace(name, std::move(e));
    }
    if (entries_.empty()) {
        fail_input(path + ": holds no imatrix (no tensor *.in_sum2); give the file that 'seeddelta imatrix' or " +
                   "llama-imatrix wrote");
    }
}

const imatrix_means * imatrix_file::find(const std::string & weight) const {
    const auto it = entries_.find(weight);
    return it == entries_.end() ? nullptr : &it->second;
}

void imatrix_file::check(const model & other) const {
    for (const auto & [name, e] : entries_) {
        const int64_t n_in = weight_inputs(other, name);
        if (n_in < 0) {
            std::string weight = name;
            if (!strip(weight, ".weight")) {
                continue; // llama-imatrix also lists views of weights, which no file holds
            }
            fail_input(path_ + ": has an entry for '" + name + "', which " + other.path() +
                       " lacks; it was collected on another model");
        }
        const int64_t id = other.find(name); // a payload is of one expert
        const int64_t experts = id < 0 ? 1 : other.tensors()[size_t(id)].ne[2] * other.tensors()[size_t(id)].ne[3];
        const int64_t expected = n_in * experts;
        if (int64_t(e.values.size()) != expected) {
            fail_input(path_ + ": has " + std::to_string(e.values.size()) + " inputs for '" + name + "', " +
                       other.path() + " has " + std::to_string(expected) + "; it was collected on another model");
        }
    }
}

std::string imatrix_file::info_json() const {
    json_writer json;
    json.begin_object().key("datasets").begin_array();
    for (const auto & d : datasets_) {
        json.value(d);
    }
    json.end_array().member("chunk_count", uint64_t(chunk_count_)).member("chunk_size", uint64_t(chunk_size_));
    json.key("entries").begin_array();
    for (const auto & [name, e] : entries_) {
        json.begin_object().member("name", name).member("n_values", int64_t(e.values.size()));
        json.member("n_mat", int64_t(e.counts.size()));
        json.member("count", *std::max_element(e.counts.begin(), e.counts.end())).end_object();
    }
    return json.end_array().end_object().text();
}

} // namespace seeddelta
