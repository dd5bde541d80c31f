// Included once by each kernels-<isa>.cpp after it defined namespace SD_ISA with a term_kernel for every row.
// Builds that instruction set's tables from registry.def, and kernels_<isa>, which kernels.cpp lists.

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

#define SD_JOIN_(a, b) a##b
#define SD_JOIN(a, b) SD_JOIN_(a, b)
#define SD_TEXT_(a) #a
#define SD_TEXT(a) SD_TEXT_(a)

bool SD_JOIN(cpu_has_, SD_ISA)();

extern const kernel_set SD_JOIN(kernels_, SD_ISA);
const kernel_set SD_JOIN(kernels_, SD_ISA) = { SD_TEXT(SD_ISA), SD_JOIN(cpu_has_, SD_ISA), base_table, scheme_table,
                                               SD_ISA::lay_out_inputs };

} // namespace seeddelta
