#include "host.h"

#include "../codec/registry.h"
#include "../op/kernels.h"
#include "encoder.h"
#include "failure.h"
#include "json-writer.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <cstring>

#ifndef SEEDDELTA_VERSION
#define SEEDDELTA_VERSION "0"
#endif
#ifndef SEEDDELTA_PIN_TAG
#define SEEDDELTA_PIN_TAG "unknown"
#endif
#ifndef SEEDDELTA_PIN_TREE
#define SEEDDELTA_PIN_TREE "unknown"
#endif
#ifndef SEEDDELTA_COMPILER
#define SEEDDELTA_COMPILER __VERSION__
#endif

namespace seeddelta {

namespace {

struct feature {
    const char * name;
    bool         present;
};

#if defined(__x86_64__)
// CPUID leaves 1 and 7.1, for what not every compiler has a name; AVX2 implies that the system saves the registers.
bool has_f16c() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __builtin_cpu_supports("avx2") && __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & (1u << 29)) != 0;
}

bool has_avx_vnni() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __builtin_cpu_supports("avx2") && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1u << 4)) != 0;
}
#endif

/// The compiler's run-time check covers CPUID and what the operating system saves (XGETBV).
std::vector<feature> probe() {
#if defined(__x86_64__)
    __builtin_cpu_init();
#define SD_FEATURE(name) { name, __builtin_cpu_supports(name) != 0 }
    return {
        SD_FEATURE("sse4.2"),     SD_FEATURE("avx"),      SD_FEATURE("avx2"),       SD_FEATURE("fma"),
        { "f16c", has_f16c() },   SD_FEATURE("bmi2"),     SD_FEATURE("avx512f"),    SD_FEATURE("avx512bw"),
        SD_FEATURE("avx512cd"),   SD_FEATURE("avx512dq"), SD_FEATURE("avx512vl"),   SD_FEATURE("avx512vbmi"),
        SD_FEATURE("avx512vnni"), SD_FEATURE("avx512bf16"),
        { "avxvnni", has_avx_vnni() },
    };
#undef SD_FEATURE
#else
    return {};
#endif
}

const std::vector<feature> & features() {
    static const std::vector<feature> found = probe();
    return found;
}

void add_names(json_writer & json, const char * key, const std::vector<registry_row> & rows) {
    json.key(key).begin_array();
    for (const auto & row : rows) {
        json.value(row.name);
    }
    json.end_array();
}

} // namespace

bool cpu_has(const std::string & name) {
    for (const auto & f : features()) {
        if (name == f.name) {
            return f.present;
        }
    }
    return false;
}

std::vector<std::string> cpu_features() {
    std::vector<std::string> names;
    for (const auto & f : features()) {
        if (f.present) {
            names.push_back(f.name);
        }
    }
    return names;
}

std::string cpu_brand() {
#if defined(__x86_64__)
    unsigned words[12] = {};
    for (unsigned i = 0; i < 3; ++i) {
        if (!__get_cpuid(0x80000002u + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2], &words[4 * i + 3])) {
            return "unknown";
        }
    }
    char text[49] = {};
    std::memcpy(text, words, 48);
    std::string brand = text;
    brand.erase(0, brand.find_first_not_of(' '));
    brand.erase(brand.find_last_not_of(' ') + 1);
    return brand;
#else
    return "unknown";
#endif
}

std::string build_info_json() {
    json_writer json;
    json.begin_object()
        .member("version", SEEDDELTA_VERSION)
        .member("pin_tag", SEEDDELTA_PIN_TAG)
        .member("pin_tree", SEEDDELTA_PIN_TREE)
        .member("compiler", SEEDDELTA_COMPILER);
    add_names(json, "bases", base_rows());
    std::vector<registry_row> whole;
    for (const auto & row : base_rows()) {
        if (find_base_encoder(row.name).whole) {
            whole.push_back(row);
        }
    }
    add_names(json, "whole_bases", whole);
    add_names(json, "schemes", scheme_rows());
    return json.end_object().text();
}

std::string cpu_info_json() {
    const char *       problem = nullptr;
    const kernel_set * set = active_kernels(&problem);
    if (set == nullptr) {
        fail_usage(problem);
    }
    json_writer json;
    json.begin_object().member("brand", std::string_view(cpu_brand())).key("features").begin_array();
    for (const auto & name : cpu_features()) {
        json.value(std::string_view(name));
    }
    return json.end_array().member("isa", set->name).end_object().text();
}

void check_host() {
    std::string missing;
    for (int i = 0; i < n_host_required_features; ++i) {
        if (!cpu_has(host_required_features[i])) {
            missing += (missing.empty() ? "" : ", ") + std::string(host_required_features[i]);
        }
    }
    if (!missing.empty()) {
        fail_usage("llama.cpp was built here for a CPU with " + missing + ", which this one (" + cpu_brand() +
                   ") lacks; build it on this machine: seeddelta native clean, then seeddelta native build");
    }
}

} // namespace seeddelta
