#include "f16.h"
#include "fht.h"
#include "values.h"

#include <algorithm>

namespace seeddelta {

void hadamard(float * a, int64_t n) {
    for (int64_t h = 1; h < n; h *= 2) {
        for (int64_t i = 0; i < n; i += 2 * h) {
            float * __restrict low = a + i;
            float * __restrict high = a + i + h;
            for (int64_t j = 0; j < h; ++j) {
                const float u = low[j];
                const float v = high[j];
                low[j] = u + v;
                high[j] = u - v;
            }
        }
    }
}

static bool sign_bit(uint32_t key, int64_t c) {
    return (prng_word(key, uint32_t(c / 32)) >> (c % 32)) & 1;
}

fht_term::fht_term(uint64_t seed, uint64_t tensor_hash, int64_t rows, int64_t inputs, int64_t l, int64_t b, int64_t d)
    : n_out(rows), n_in(inputs), length(l), stacks(b), depth(d), stack_rows((rows + b - 1) / b),
      route_memory_(size_t(l * b * d)), gain_memory_(size_t(l * b * d), 1.0f / float(l)) {
    for (int64_t i = 0; i < stacks * depth; ++i) {
        const uint32_t order = prng_row_key(seed, tensor_hash, 3 * i);
        const uint32_t signs = prng_row_key(seed, tensor_hash, 3 * i + 1);
        const uint32_t inner = prng_row_key(seed, tensor_hash, 3 * i + 2);
        uint32_t *     places = route_memory_.data() + i * length;
        for (int64_t c = 0; c < length; ++c) {
            places[c] = uint32_t(c);
        }
        for (int64_t c = length - 1; c > 0; --c) {
            std::swap(places[c], places[prng_word(order, uint32_t(c)) % uint32_t(c + 1)]);
        }
        for (int64_t c = 0; c < length; ++c) {
            places[c] |= sign_bit(signs, c) ? negative : 0;
        }
        if (i % depth != depth - 1) {
            for (int64_t c = 0; c < length; ++c) {
                gain_memory_[size_t(i * length + c)] *= sign_bit(inner, c) ? -1.0f : 1.0f;
            }
        }
    }
    route = route_memory_.data();
    gain = gain_memory_.data();
}

void fht_term::set_theta(const uint16_t * theta_f16, float scale) {
    scale_ = scale;
    for (int64_t b = 0; b < stacks; ++b) {
        float * last = gain_memory_.data() + (b * depth + depth - 1) * length;
        for (int64_t c = 0; c < length; ++c) {
            last[c] = f16_to_f32(theta_f16[b * length + c]) * scale / float(length);
        }
    }
}

/// The factors from the last to the first, transposed, on e_i.
void fht_term::add_row(int64_t row, float * w) const {
    const int64_t      stack = row / stack_rows;
    std::vector<float> v(static_cast<size_t>(length), 0.0f), u(static_cast<size_t>(length));
    v[size_t(row % stack_rows)] = 1.0f;
    for (int64_t f = depth - 1; f >= 0; --f) {
        const float *    g = gain_of(stack, f);
        const uint32_t * places = route_of(stack, f);
        hadamard(v.data(), length);
        for (int64_t k = 0; k < length; ++k) {
            v[size_t(k)] *= g[k];
        }
        hadamard(v.data(), length);
        const int64_t n = f == 0 ? n_in : length;
        for (int64_t c = 0; c < n; ++c) {
            const float value = v[places[c] & ~negative];
            u[size_t(c)] = places[c] & negative ? -value : value;
        }
        std::swap(u, v);
    }
    for (int64_t c = 0; c < n_in; ++c) {
        w[c] += v[size_t(c)];
    }
}

std::unique_ptr<term> decode_fht_struct(const payload & p) {
    const tensor_view * theta = p.find("base_theta");
    if (theta == nullptr) {
        p.fail("payload tensor 'base_theta' is missing");
    }
    const int64_t length = theta->ne[0];
    const int64_t stacks = theta->ne[1];
    if (length < p.n_in || length > fht_term::max_length || (length & (length - 1)) != 0) {
        p.fail("payload tensor 'base_theta' has rows of " + std::to_string(length) +
               ", expected a power of two that holds " + std::to_string(p.n_in) + " inputs, up to " +
               std::to_string(fht_term::max_length));
    }
    if (stacks < 1 || stacks > p.n_out || stacks * length < p.n_out) {
        p.fail("payload tensor 'base_theta' has " + std::to_string(stacks) + " stacks of " + std::to_string(length) +
               " for " + std::to_string(p.n_out) + " rows");
    }
    p.require("base_theta", { elem::f16 }, { length, stacks });
    require_finite(p, *theta);
    const uint64_t seed = p.param_u64("base.seed", 0, UINT64_MAX);
    const auto     depth = int64_t(p.param_u64("base.depth", 1, 64));
    auto t = std::make_unique<fht_term>(seed, fnv1a64(p.name), p.n_out, p.n_in, length, stacks, depth);
    const double scale = p.param_f64("base.scale");
    t->set_theta(theta->as<uint16_t>(), float(scale));
    const std::string_view bytes(theta->as<char>(), size_t(length * stacks) * sizeof(uint16_t));
    t->key = fnv1a64(p.name + ' ' + std::to_string(seed) + ' ' + std::to_string(depth) + ' ' + std::to_string(stacks) +
                     ' ' + std::to_string(scale) + ' ' + std::string(bytes));
    return t;
}

} // namespace seeddelta
