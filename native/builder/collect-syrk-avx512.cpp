#define SYRK_BYTES 64
#define SYRK_ROWS 8
#include "collect-syrk-tile.h"

namespace seeddelta {
extern const syrk_kernel syrk_avx512;
const syrk_kernel syrk_avx512 = { "avx512", syrk_tile };
} // namespace seeddelta
