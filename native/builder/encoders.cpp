#include "../codec/registry.h"
#include "encoder.h"
#include "failure.h"

namespace seeddelta {

#define SD_BASE(id, name, tensors, decoder, encoder, kernel)   extern const base_encoder encoder;
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel) extern const residual_encoder encoder;
#include "../codec/registry.def"
#undef SD_BASE
#undef SD_SCHEME

const base_encoder & find_base_encoder(const std::string & kind) {
    static const base_encoder * const table[] = {
#define SD_BASE(id, name, tensors, decoder, encoder, kernel) &encoder,
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel)
#include "../codec/registry.def"
#undef SD_BASE
#undef SD_SCHEME
    };
    const registry_row * row = find_base(kind);
    if (row == nullptr) {
        fail_usage("unknown base kind '" + kind + "' (known: " + known_names(base_rows()) + ")");
    }
    return *table[row->id];
}

const residual_encoder & find_residual_encoder(const std::string & name) {
    static const residual_encoder * const table[] = {
#define SD_BASE(id, name, tensors, decoder, encoder, kernel)
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel) &encoder,
#include "../codec/registry.def"
#undef SD_BASE
#undef SD_SCHEME
    };
    const registry_row * row = find_scheme(name);
    if (row == nullptr) {
        fail_usage("unknown scheme '" + name + "' (known: " + known_names(scheme_rows()) + ")");
    }
    return *table[row->id];
}

} // namespace seeddelta
