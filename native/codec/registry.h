#pragma once

#include "term.h"

#include <string>
#include <vector>

namespace seeddelta {

/// Ids are positions in registry.def and never leave the process; files carry names.
enum class base_kind : int {
#define SD_BASE(id, name, tensors, decoder, encoder, kernel) id,
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel)
#include "registry.def"
#undef SD_BASE
#undef SD_SCHEME
};

enum class resid_scheme : int {
#define SD_BASE(id, name, tensors, decoder, encoder, kernel)
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel) id,
#include "registry.def"
#undef SD_BASE
#undef SD_SCHEME
};

/// The decoder's columns of one row. Encoder and kernel columns are read by builder/encoders.cpp and op/kernels.cpp.
struct registry_row {
    int                      id;
    const char *             name;
    std::vector<std::string> tensors;
    decode_fn                decode;
};

const std::vector<registry_row> & base_rows();
const std::vector<registry_row> & scheme_rows();

/// nullptr for an unknown name.
const registry_row * find_base(const std::string & name);
const registry_row * find_scheme(const std::string & name);

/// Names joined with ", " for messages.
std::string known_names(const std::vector<registry_row> & rows);

/// Every tensor suffix that some row, or every row ("row_scale"), may own, in the order of docs/FORMAT.md: row_scale, then
/// the bases' and the schemes' in the order of registry.def.
const std::vector<std::string> & payload_suffixes();
bool                             is_payload_suffix(const std::string & suffix);

} // namespace seeddelta
