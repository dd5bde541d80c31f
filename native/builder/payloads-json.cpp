#include "../codec/weight.h"
#include "json-writer.h"
#include "model-payload.h"

namespace seeddelta {

static void add_params(json_writer & json, const payload & p) {
    static const char * const named_elsewhere[] = { "enabled", "gating_pass", "strip_dense", "forced",   "n_out",
                                                    "n_in",    "norm_w",      "norm_hat",    "norm_err", "norm_err_w" };
    json.key("params").begin_object();
    for (const auto & param : p.params) {
        bool skip = false;
        for (const char * name : named_elsewhere) {
            skip = skip || param.first == name;
        }
        if (skip) {
            continue;
        }
        json.key(param.first);
        std::visit([&](const auto & v) { json.value(v); }, param.second);
    }
    json.end_object();
}

static void add_stored(json_writer & json, const payload & p) {
    json.key("stored").begin_object();
    for (const char * name : { "norm_w", "norm_hat", "norm_err", "norm_err_w" }) {
        const auto it = p.params.find(name);
        json.key(name);
        const double * value = it == p.params.end() ? nullptr : std::get_if<double>(&it->second);
        value ? json.value(*value) : json.null();
    }
    json.end_object();
}

static bool flag(const payload & p, const char * key) {
    const auto it = p.params.find(key);
    const auto * value = it == p.params.end() ? nullptr : std::get_if<uint64_t>(&it->second);
    return value != nullptr && *value != 0;
}

/// Empty when a reader accepts the weight.
static std::string problem_of(const model & source, const payload & p) {
    const int64_t dense = source.find(p.name + ".weight");
    if (dense >= 0) {
        const tensor_place & t = source.tensors()[size_t(dense)];
        if (t.ne[0] != p.n_in || t.ne[1] != p.n_out || t.ne[2] != 1 || t.ne[3] != 1) {
            return p.name + ": the payload does not have the shape of the dense tensor";
        }
    }
    try {
        weight::open(p);
    } catch (const format_error & e) {
        return e.what();
    }
    return "";
}

static void add_weight(json_writer & json, const model & source, const std::string & name) {
    std::unique_ptr<const model_payload> loaded;
    std::string                          problem;
    try {
        loaded = read_model_payload(source, name);
        problem = problem_of(source, loaded->view);
    } catch (const format_error & e) {
        problem = e.what();
    }
    static const payload nothing;
    const payload &      p = loaded ? loaded->view : nothing;
    json.begin_object()
        .member("name", std::string_view(name))
        .member("n_out", p.n_out)
        .member("n_in", p.n_in)
        .member("scheme", std::string_view(p.scheme))
        .member("base", std::string_view(loaded ? p.base_kind : ""))
        .member("bytes", uint64_t(p.size_bytes()))
        .member("stripped", source.find(name + ".weight") < 0)
        .member("forced", flag(p, "forced"))
        .member("gating_pass", flag(p, "gating_pass"));
    add_params(json, p);
    add_stored(json, p);
    json.key("tensors").begin_array();
    for (const auto & t : p.tensors) {
        json.begin_object().member("name", std::string_view(name + "." + t.suffix)).member("type", elem_name(t.type));
        json.key("ne").begin_array();
        for (int64_t ne : t.ne) {
            json.value(ne);
        }
        json.end_array().end_object();
    }
    json.end_array().key("problem");
    problem.empty() ? json.null() : json.value(std::string_view(problem));
    json.end_object();
}

std::string payloads_json(const model & source) {
    json_writer json;
    json.begin_array();
    for (const auto & name : model_payload_names(source)) {
        add_weight(json, source, name);
    }
    return json.end_array().text();
}

} // namespace seeddelta
