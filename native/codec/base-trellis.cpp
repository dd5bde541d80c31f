#include "fht.h"
#include "prng.h"
#include "trellis.h"

#include <map>
#include <mutex>
#include <utility>

namespace seeddelta {

static constexpr struct {
    trellis_family id;
    const char * name;
    int weights;
} families[] = {
    { trellis_family::n4, "n4", trellis_n4_weights },
    { trellis_family::n2, "n2", trellis_n2_weights },
};

const char * trellis_family_name(trellis_family family) {
    return families[int(family)].name;
}

int trellis_weights(trellis_family family) {
    return families[int(family)].weights;
}

bool find_trellis_family(const std::string & name, trellis_family & out) {
    for (const auto & f : families) {
        if (name == f.name) {
            out = f.id;
            return true;
        }
    }
    return false;
}

/// All weights of a model that have as many inputs rotate them with the same signs.
static std::shared_ptr<const std::vector<float>> signs_of(uint64_t seed, int64_t n) {
    static std::mutex mutex;
    static std::map<std::pair<uint64_t, int64_t>, std::weak_ptr<const std::vector<float>>> known;

    const std::lock_guard<std::mutex> lock(mutex);
    auto & entry = known[{ seed, n }];
    auto signs = entry.lock();
    if (signs == nullptr) {
        std::vector<float> made(static_cast<size_t>(n));
        const uint32_t key = prng_row_key(seed, 0, 0);
        for (int64_t c = 0; c < n; ++c) {
            made[size_t(c)] = (prng_word(key, uint32_t(c / 32)) >> (c % 32)) & 1 ? -1.0f : 1.0f;
        }
        entry = signs = std::make_shared<const std::vector<float>>(std::move(made));
    }
    return signs;
}

input_rotation::input_rotation(uint64_t s, int64_t n, int64_t b) :
    n_in(n), block(b), seed(s), sign_memory_(signs_of(s, n)) {
    signs = sign_memory_->data();
    int64_t length = block;
    for (; length >= 4; length /= 4) {
        scale *= 0.5f;
    }
    if (length == 2) {
        scale *= 0.70710678118654752f;
    }
}

void input_rotation::forward(float * x) const {
    for (int64_t c = 0; c < n_in; ++c) {
        x[c] *= signs[c];
    }
    for (int64_t c = 0; c < n_in; c += block) {
        hadamard(x + c, block);
    }
    for (int64_t c = 0; c < n_in; ++c) {
        x[c] *= scale;
    }
}

void input_rotation::inverse(float * x) const {
    for (int64_t c = 0; c < n_in; c += block) {
        hadamard(x + c, block);
    }
    for (int64_t c = 0; c < n_in; ++c) {
        x[c] *= scale * signs[c];
    }
}

int64_t input_rotation::largest_block(int64_t n_in, int64_t most) {
    int64_t block = 1;
    while (n_in % (2 * block) == 0 && 2 * block <= most) {
        block *= 2;
    }
    return block;
}

void trellis_term::values(int64_t row, float * v) const {
    const int64_t b = row / layout.row_block;
    const int64_t t = row % layout.row_block / layout.weights;
    const int i = int(row % layout.weights); // row_block is a multiple of V
    for (int64_t c = 0; c < layout.n_in; ++c) {
        v[c] = float(trellis_value(family, trellis_mix(layout.window(words, b, c, t)), i));
    }
}

/// Sums of up to 2¹⁶ integers below 64 are exact in f32; the two factors round once each.
void trellis_term::add_row(int64_t row, float * w) const {
    std::vector<float> v(size_t(layout.n_in));
    values(row, v.data());
    rotation.inverse(v.data());
    for (int64_t c = 0; c < layout.n_in; ++c) {
        w[c] += v[size_t(c)] * scale;
    }
}

uint64_t trellis_term::prepare_key() const {
    return fnv1a64("rotation " + std::to_string(rotation.seed) + ' ' + std::to_string(rotation.block) + ' ' +
                   trellis_family_name(family));
}

size_t trellis_term::prepared_bytes(int64_t lanes) const {
    const int64_t groups = (layout.n_in + input_group - 1) / input_group;
    const size_t rotated = size_t(input_group) * sizeof(float); // of one token
    const size_t rounded = size_t(input_group) * sizeof(int8_t) + sizeof(float) + sizeof(int32_t);
    return size_t(groups) * (rotated + size_t(lanes) * rounded);
}

bool is_trellis_rate(trellis_family family, int step) {
    switch (int(family) * 16 + step) {
#define SD_RATE(id, s, v) case int(trellis_family::id) * 16 + s:
        SD_TRELLIS_RATES
#undef SD_RATE
        return true;
    }
    return false;
}

static std::string text_param(const payload & p, const char * key) {
    const auto it = p.params.find(key);
    const auto * text = it == p.params.end() ? nullptr : std::get_if<std::string>(&it->second);
    if (text == nullptr) {
        p.fail(std::string("key '") + key + "' is missing or not a string");
    }
    return *text;
}

std::unique_ptr<term> decode_trellis(const payload & p) {
    auto t = std::make_unique<trellis_term>();
    const std::string family = text_param(p, "base.family");
    if (!find_trellis_family(family, t->family)) {
        p.fail("unknown trellis family '" + family + "' (known: n4, n2)");
    }
    trellis_layout & l = t->layout;
    l.n_out = p.n_out;
    l.n_in = p.n_in;
    l.weights = int(p.param_u64("base.weights_per_window", 1, 4));
    if (l.weights != trellis_weights(t->family)) {
        p.fail("trellis family '" + family + "' has " + std::to_string(trellis_weights(t->family)) +
               " weights per window, not " + std::to_string(l.weights));
    }
    l.step = int(p.param_u64("base.step", 4, 12));
    if (!is_trellis_rate(t->family, l.step)) {
        p.fail("trellis family '" + family + "' has no step of " + std::to_string(l.step) + " bits");
    }
    l.row_block = int64_t(p.param_u64("base.row_block", trellis_layout::row_unit, uint64_t(1) << 24));
    if (l.row_block % trellis_layout::row_unit != 0) {
        p.fail("key 'base.row_block' is " + std::to_string(l.row_block) + ", expected a multiple of " +
               std::to_string(trellis_layout::row_unit));
    }
    const auto block = int64_t(p.param_u64("base.rotation.block", 1, uint64_t(input_rotation::max_block)));
    const uint64_t seed = p.param_u64("base.rotation.seed", 0, UINT64_MAX);
    if ((block & (block - 1)) != 0 || p.n_in % block != 0) {
        p.fail("key 'base.rotation.block' is " + std::to_string(block) + ", expected a power of two that divides " +
               std::to_string(p.n_in) + " inputs");
    }
    // Before the rotation: from here on the bytes of the payload bound n_in, and what is allocated for it.
    t->words = p.require("base_seed", { elem::i16 }, { l.total_words() }).as<uint16_t>();
    t->rotation = input_rotation(seed, p.n_in, block);
    t->scale = float(p.param_f64("base.scale"));
    return t;
}

} // namespace seeddelta
