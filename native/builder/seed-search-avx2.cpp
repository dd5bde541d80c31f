#define SEARCH_BYTES 32
#include "seed-search-tile.h"

namespace seeddelta {
extern const search_kernel search_avx2;
const search_kernel search_avx2 = { "avx2", search };
} // namespace seeddelta
