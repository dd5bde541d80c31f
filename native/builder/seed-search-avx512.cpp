#define SEARCH_BYTES 64
#include "seed-search-tile.h"

namespace seeddelta {
extern const search_kernel search_avx512;
const search_kernel search_avx512 = { "avx512", search };
} // namespace seeddelta
