#include "encoder.h"
#include "failure.h"
#include "trellis-fit.h"

#include <cstring>

namespace seeddelta {

static const trellis_rate & rate_of(const encode_options & options) {
    const trellis_rate * rate = find_trellis_rate(options.bits);
    if (rate == nullptr) {
        fail_usage("base kind 'trellis' has no rate of " + std::to_string(options.bits) +
                   " bits per weight (known: " + known_trellis_rates() + ")");
    }
    return *rate;
}

static void layout(const weight_shape & shape, const encode_options & options, std::vector<tensor_layout> & out) {
    const trellis_layout l = trellis_layout_for(shape.n_out, shape.n_in, rate_of(options));
    out.push_back({ "base_seed", elem::i16, { l.total_words(), 1, 1 } });
}

static void fit(const dense_weight & w, const encode_options & options, const progress & watch, fitted_base & out) {
    const trellis_rate & rate = rate_of(options);
    trellis_settings settings;
    settings.seed = options.seed;
    settings.n_threads = options.n_threads;
    const trellis_fit found = fit_trellis(w, out.units, options.refit ? w.moments() : nullptr, rate, settings, watch);

    out.params["base.family"] = std::string(trellis_family_name(rate.family));
    out.params["base.step"] = uint64_t(rate.step);
    out.params["base.weights_per_window"] = uint64_t(found.layout.weights);
    out.params["base.row_block"] = uint64_t(found.layout.row_block);
    out.params["base.scale"] = double(found.scale);
    out.params["base.rotation.block"] = uint64_t(found.rotation.block);
    out.params["base.rotation.seed"] = found.rotation.seed;
    out.data.emplace_back(found.words.size() * sizeof(uint16_t));
    std::memcpy(out.data.back().data(), found.words.data(), out.data.back().size());

    auto base = std::make_unique<trellis_term>();
    base->layout = found.layout;
    base->family = rate.family;
    base->scale = found.scale;
    base->rotation = input_rotation(found.rotation.seed, w.n_in(), found.rotation.block);
    base->words = reinterpret_cast<const uint16_t *>(out.data.back().data());
    out.stats = captured_share(w, out.units, *base, options.n_threads);
    out.decoded = std::move(base);
}

/// n_in multiply-adds, and a row's share of rotating x once.
static double ops_per_row(const payload & p) {
    const auto block = double(std::get<uint64_t>(p.params.at("base.rotation.block")));
    double stages = 0.0;
    for (double b = block; b > 1.0; b /= 2.0) {
        stages += 1.0;
    }
    return double(p.n_in) * (1.0 + stages / double(p.n_out));
}

extern const base_encoder encode_trellis;
const base_encoder encode_trellis = { layout, fit, ops_per_row, true };

} // namespace seeddelta
