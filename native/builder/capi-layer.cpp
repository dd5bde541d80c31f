#include "guard.h"
#include "handles.h"
#include "layer-function.h"

#include <seeddelta/collect.h>

#include <cstdio>

using namespace seeddelta;

struct sd_layer {
    layer_function function;
};

template <size_t N>
static void put(char (&text)[N], const std::string & value) {
    std::snprintf(text, N, "%s", value.c_str());
}

int32_t sd_layer_open(const sd_model * model, int32_t layer, const sd_moments * moments, int64_t max_samples,
                      int32_t n_threads, sd_layer ** out, sd_layer_info * info, sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        sd_layer_info & i = required(info, "info");
        i = {};
        const auto & source = required(model, "model").file;
        const auto & file = required(moments, "moments").file;
        if (layer < 0 || max_samples < 0) {
            fail_usage("layer and max_samples must not be negative");
        }
        const std::string why = layer_function::why_not(source, layer, file);
        if (!why.empty()) {
            put(i.why_not, why);
            return;
        }
        auto opened = std::make_unique<sd_layer>(sd_layer{ { source, layer, file, max_samples, n_threads } });
        i.n_samples = opened->function.n_samples();
        i.has_block = opened->function.has_block();
        put(i.why_no_block, opened->function.why_no_block());
        *out = opened.release();
    });
}

void sd_layer_close(sd_layer * layer) {
    delete layer;
}

static const stored_payload * stored(const sd_payload * payload) {
    return payload == nullptr ? nullptr : payload->stored.get();
}

int32_t sd_layer_measure(const sd_layer * layer, const sd_payload * gate, const sd_payload * up,
                         const sd_payload * down, int32_t n_threads, sd_layer_metrics * out, sd_progress * shared,
                         sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") =
            required(layer, "layer")
                .function.measure(stored(gate), stored(up), stored(down), n_threads, progress(shared));
    });
}
