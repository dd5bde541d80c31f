#include "../op/sd-op.h"
#include "seeddelta/runtime.h"

#include <cmath>

static sd_runtime_options current = { 1, 0, INFINITY };

void sd_runtime_set_options(const sd_runtime_options * options) {
    current = *options;
}

void sd_runtime_get_options(sd_runtime_options * options) {
    *options = current;
}

int64_t sd_runtime_non_finite_count(void) {
    return seeddelta::op_non_finite_count();
}
