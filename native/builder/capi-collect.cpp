#include "collector.h"
#include "guard.h"
#include "handles.h"

#include <seeddelta/collect.h>

using namespace seeddelta;

struct sd_collector {
    sd_collector(const model & source, const collect_options & options) : data(source, options) {}
    collector data;
    std::string summary;
};

int32_t sd_collector_plan(const sd_model * model, const sd_collect_params * params, sd_collect_plan * plan,
                          sd_error * error) {
    return guarded(error, [&] {
        const auto p = plan_collection(required(model, "model").file, checked_options(required(params, "params")));
        required(plan, "plan") = { p.memory_bytes, p.file_bytes, int64_t(p.inputs.size()), int64_t(p.weights.size()) };
    });
}

int32_t sd_collector_open(const sd_model * model, const sd_collect_params * params, sd_collector ** out,
                          sd_error * error) {
    return guarded(error, [&] {
        required(out, "out") = nullptr;
        *out = new sd_collector(required(model, "model").file, checked_options(required(params, "params")));
    });
}

void sd_collector_close(sd_collector * collector) {
    delete collector;
}

static bool on_node(ggml_tensor * tensor, bool ask, void * user_data) {
    return static_cast<sd_collector *>(user_data)->data.on_node(tensor, ask);
}

sd_eval_callback sd_collector_callback(void) {
    return on_node;
}

int32_t sd_collector_status(const sd_collector * collector, sd_error * error) {
    return guarded(error, [&] {
        if (const auto & problem = required(collector, "collector").data.problem()) {
            throw *problem;
        }
    });
}

int32_t sd_collector_summary(sd_collector * collector, const char ** json, sd_error * error) {
    return guarded(error, [&] {
        required(json, "json") = nullptr;
        sd_collector & c = required(collector, "collector");
        c.summary = c.data.summary_json();
        *json = c.summary.c_str();
    });
}

int32_t sd_collector_save_imatrix(const sd_collector * collector, const char * path, const char ** datasets, int64_t n,
                                  sd_error * error) {
    return guarded(error, [&] {
        const auto & data = required(collector, "collector").data;
        const std::string to = &required(path, "path");
        if (data.problem()) {
            throw *data.problem();
        }
        if (data.imatrix().entries().empty()) {
            fail_usage(to +
                       ": nothing was collected; ask for the imatrix and evaluate a text in batches of 16 tokens " +
                       "or more");
        }
        std::vector<std::string> names;
        for (int64_t i = 0; i < n; ++i) {
            required(datasets, "datasets");
            names.emplace_back(&required(datasets[i], "datasets[i]"));
        }
        data.imatrix().save(to, names, data.options().chunk_size);
    });
}

int32_t sd_collector_save_moments(const sd_collector * collector, const char * path, const sd_provenance * provenance,
                                  sd_error * error) {
    return guarded(error, [&] {
        required(collector, "collector").data.save_moments(&required(path, "path"), required(provenance, "provenance"));
    });
}
