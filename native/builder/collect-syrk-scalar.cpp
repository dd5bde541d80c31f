// Whatever the compiler's base instruction set is; 16 bytes fit SSE2 and NEON.
#define SYRK_BYTES 16
#define SYRK_ROWS 4
#include "collect-syrk-tile.h"

namespace seeddelta {
extern const syrk_kernel syrk_scalar;
const syrk_kernel syrk_scalar = { "scalar", syrk_tile };
} // namespace seeddelta
