#define SYRK_BYTES 32
#define SYRK_ROWS 4
#include "collect-syrk-tile.h"

namespace seeddelta {
extern const syrk_kernel syrk_avx2;
const syrk_kernel syrk_avx2 = { "avx2", syrk_tile };
} // namespace seeddelta
