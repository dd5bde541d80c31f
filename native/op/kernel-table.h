// Included once by each kernels-<isa>.cpp after it defined namespace SD_ISA with a term_kernel for every row.
// Builds that instruction set's table from registry.def.

namespace seeddelta {

static const term_kernel base_table[] = {
#define SD_BASE(id, name, tensors, decoder, encoder, kernel) SD_ISA::kernel,
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel)
#include "../codec/registry.def"
#undef SD_BASE
#undef SD_SCHEME
};

static const term_kernel scheme_table[] = {
#define SD_BASE(id, name, tensors, decoder, encoder, kernel)
#define SD_SCHEME(id, name, tensors, decoder, encoder, kernel) SD_ISA::kernel,
#include "../codec/registry.def"
#undef SD_BASE
#undef SD_SCHEME
};

} // namespace seeddelta
