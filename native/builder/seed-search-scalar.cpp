#define SEARCH_BYTES 16
#include "seed-search-tile.h"

namespace seeddelta {
extern const search_kernel search_scalar;
const search_kernel search_scalar = { "scalar", search };
} // namespace seeddelta
