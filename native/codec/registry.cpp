#include "registry.h"

#include <algorithm>

namespace seeddelta {

#define SD_BASE(id, name, tensors, decoder, encoder, kernel)   std::unique_ptr<term> decoder(const payload & p);
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel) std::unique_ptr<term> decoder(const payload & p);
#include "registry.def"
#undef SD_BASE
#undef SD_SCHEME

#define SD_TENSORS(...) { __VA_ARGS__ }

const std::vector<registry_row> & base_rows() {
    static const std::vector<registry_row> rows = {
#define SD_BASE(id, name, tensors, decoder, encoder, kernel) { int(base_kind::id), name, tensors, decoder },
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel)
#include "registry.def"
#undef SD_BASE
#undef SD_SCHEME
    };
    return rows;
}

const std::vector<registry_row> & scheme_rows() {
    static const std::vector<registry_row> rows = {
#define SD_BASE(id, name, tensors, decoder, encoder, kernel)
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel) { int(resid_scheme::id), name, tensors, decoder },
#include "registry.def"
#undef SD_BASE
#undef SD_SCHEME
    };
    return rows;
}

static const registry_row * find(const std::vector<registry_row> & rows, const std::string & name) {
    for (const auto & row : rows) {
        if (name == row.name) {
            return &row;
        }
    }
    return nullptr;
}

const registry_row * find_base(const std::string & name) {
    return find(base_rows(), name);
}

const registry_row * find_scheme(const std::string & name) {
    return find(scheme_rows(), name);
}

std::string known_names(const std::vector<registry_row> & rows) {
    std::string names;
    for (const auto & row : rows) {
        names += (names.empty() ? "" : ", ") + std::string(row.name);
    }
    return names;
}

const std::vector<std::string> & payload_suffixes() {
    static const std::vector<std::string> suffixes = [] {
        std::vector<std::string> all = { "row_scale" };
        for (const auto * rows : { &base_rows(), &scheme_rows() }) {
            for (const auto & row : *rows) {
                for (const auto & t : row.tensors) {
                    if (std::find(all.begin(), all.end(), t) == all.end()) {
                        all.push_back(t);
                    }
                }
            }
        }
        return all;
    }();
    return suffixes;
}

bool is_payload_suffix(const std::string & suffix) {
    const auto & all = payload_suffixes();
    return std::find(all.begin(), all.end(), suffix) != all.end();
}

} // namespace seeddelta
