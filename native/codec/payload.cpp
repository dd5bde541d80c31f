#include "payload.h"

#include <cmath>

namespace seeddelta {

size_t elem_size(elem type) {
    switch (type) {
        case elem::f32:
        case elem::i32: return 4;
        case elem::f16:
        case elem::i16: return 2;
        case elem::i8:  return 1;
    }
    return 0;
}

const char * elem_name(elem type) {
    switch (type) {
        case elem::f32: return "f32";
        case elem::f16: return "f16";
        case elem::i8:  return "i8";
        case elem::i16: return "i16";
        case elem::i32: return "i32";
    }
    return "?";
}

void payload::fail(const std::string & reason) const {
    throw format_error(name + ": " + reason);
}

const tensor_view * payload::find(const std::string & suffix) const {
    for (const auto & t : tensors) {
        if (t.suffix == suffix) {
            return &t;
        }
    }
    return nullptr;
}

const tensor_view & payload::require(const std::string & suffix, std::initializer_list<elem> types,
                                     std::initializer_list<int64_t> ne) const {
    const tensor_view * t = find(suffix);
    if (t == nullptr) {
        fail("payload tensor '" + suffix + "' is missing");
    }
    bool known = false;
    std::string wanted;
    for (elem type : types) {
        known = known || t->type == type;
        wanted += (wanted.empty() ? "" : " or ") + std::string(elem_name(type));
    }
    if (!known) {
        fail("payload tensor '" + suffix + "' has type " + elem_name(t->type) + ", expected " + wanted);
    }
    int64_t expected[3] = { 1, 1, 1 };
    int     n = 0;
    for (int64_t v : ne) {
        expected[n++] = v;
    }
    for (int i = 0; i < 3; ++i) {
        if (t->ne[i] != expected[i]) {
            auto shape = [](const int64_t * s) {
                return "[" + std::to_string(s[0]) + ", " + std::to_string(s[1]) + ", " + std::to_string(s[2]) + "]";
            };
            fail("payload tensor '" + suffix + "' has shape " + shape(t->ne) + ", expected " + shape(expected));
        }
    }
    if (t->data == nullptr) {
        fail("payload tensor '" + suffix + "' has no data");
    }
    return *t;
}

uint64_t payload::param_u64(const std::string & key, uint64_t lowest, uint64_t highest) const {
    const auto it = params.find(key);
    if (it == params.end()) {
        fail("key '" + key + "' is missing");
    }
    const uint64_t * value = std::get_if<uint64_t>(&it->second);
    if (value == nullptr) {
        fail("key '" + key + "' is not an integer");
    }
    if (*value < lowest || *value > highest) {
        fail("key '" + key + "' is " + std::to_string(*value) + ", expected " + std::to_string(lowest) + " to " +
             std::to_string(highest));
    }
    return *value;
}

double payload::param_f64(const std::string & key) const {
    const auto it = params.find(key);
    if (it == params.end()) {
        fail("key '" + key + "' is missing");
    }
    const double * value = std::get_if<double>(&it->second);
    if (value == nullptr || !std::isfinite(*value)) {
        fail("key '" + key + "' is not a finite number");
    }
    return *value;
}

size_t payload::size_bytes() const {
    size_t sum = 0;
    for (const auto & t : tensors) {
        sum += t.size_bytes();
    }
    return sum;
}

} // namespace seeddelta
