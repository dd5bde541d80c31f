#include "values.h"

namespace seeddelta {

template <typename Bits>
static void check(const payload & p, const tensor_view & t, Bits exponent_mask) {
    const Bits *  data = t.as<Bits>();
    const int64_t n = t.count();
    for (int64_t i = 0; i < n; ++i) {
        if ((data[i] & exponent_mask) == exponent_mask) {
            p.fail("payload tensor '" + t.suffix + "' is not finite at element " + std::to_string(i));
        }
    }
}

void require_finite(const payload & p, const tensor_view & t) {
    if (t.type == elem::f16) {
        check<uint16_t>(p, t, 0x7c00);
    } else if (t.type == elem::f32) {
        check<uint32_t>(p, t, 0x7f800000);
    }
}

} // namespace seeddelta
