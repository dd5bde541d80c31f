#include "contender.h"

#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <random>
#include <stdexcept>

namespace seeddelta {

struct contender::state {
    ggml_context * weights_ctx = nullptr;
    ggml_context * ctx = nullptr;
    ggml_backend_t backend = nullptr;
    ggml_backend_buffer_t weights = nullptr;
    ggml_backend_buffer_t values = nullptr;
    ggml_cgraph * graph = nullptr;
    std::vector<std::unique_ptr<implicit_weight>> implicit;
};

contender::contender() : s_(std::make_unique<state>()) {}

contender::~contender() {
    ggml_backend_buffer_free(s_->values);
    ggml_backend_buffer_free(s_->weights);
    ggml_free(s_->ctx);
    ggml_free(s_->weights_ctx);
    ggml_backend_free(s_->backend);
}

static std::vector<float> random_floats(int64_t n, uint32_t seed) {
    std::mt19937 rng(seed);
    std::normal_distribution<float> gauss(0.0f, 1.0f);
    std::vector<float> out(static_cast<size_t>(n));
    for (auto & v : out) {
        v = gauss(rng);
    }
    return out;
}

void contender::build(const std::vector<ggml_tensor *> & weights, int n_threads) {
    copies = int64_t(weights.size());
    s_->backend = ggml_backend_cpu_init();
    ggml_backend_cpu_set_n_threads(s_->backend, n_threads);
    s_->ctx =
        ggml_init({ size_t(3 * copies) * ggml_tensor_overhead() + ggml_graph_overhead_custom(size_t(4 * copies), false),
                    nullptr, true });
    s_->graph = ggml_new_graph_custom(s_->ctx, size_t(4 * copies), false);
    std::vector<ggml_tensor *> inputs;
    for (ggml_tensor * w : weights) {
        inputs.push_back(ggml_new_tensor_2d(s_->ctx, GGML_TYPE_F32, n_in, tokens));
        ggml_build_forward_expand(s_->graph, ggml_mul_mat(s_->ctx, w, inputs.back()));
    }
    s_->values = ggml_backend_alloc_ctx_tensors(s_->ctx, s_->backend);
    if (s_->values == nullptr) {
        throw std::runtime_error("not enough memory for " + name);
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
        const auto x = random_floats(n_in * tokens, uint32_t(i));
        ggml_backend_tensor_set(inputs[i], x.data(), 0, x.size() * sizeof(float));
    }
}

std::string dense_name(ggml_type type) {
    std::string name = ggml_type_name(type);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return name;
}

std::unique_ptr<contender> contender::dense(ggml_type type, int64_t n_out, int64_t n_in, int64_t tokens, int64_t copies,
                                            int n_threads) {
    std::unique_ptr<contender> c(new contender());
    c->name = dense_name(type);
    c->isa = "ggml";
    c->n_out = n_out;
    c->n_in = n_in;
    c->tokens = tokens;
    c->weight_bytes = int64_t(ggml_row_size(type, n_in)) * n_out;
    c->s_->weights_ctx = ggml_init({ size_t(copies) * ggml_tensor_overhead(), nullptr, true });
    std::vector<ggml_tensor *> weights;
    for (int64_t i = 0; i < copies; ++i) {
        weights.push_back(ggml_new_tensor_2d(c->s_->weights_ctx, type, n_in, n_out));
    }
    c->s_->weights = ggml_backend_alloc_ctx_tensors_from_buft(c->s_->weights_ctx, ggml_backend_cpu_buffer_type());
    if (c->s_->weights == nullptr) {
        throw std::runtime_error("not enough memory for " + c->name);
    }
    // few rows are quantised and repeated: a kernel's time does not depend on the values
    const int64_t few = std::min<int64_t>(64, n_out);
    const auto rows = random_floats(few * n_in, 1);
    std::vector<uint8_t> quantised(ggml_row_size(type, n_in) * size_t(few));
    ggml_quantize_chunk(type, rows.data(), quantised.data(), 0, few, n_in, nullptr);
    for (ggml_tensor * w : weights) {
        for (size_t at = 0; at < ggml_nbytes(w); at += quantised.size()) {
            ggml_backend_tensor_set(w, quantised.data(), at, std::min(quantised.size(), ggml_nbytes(w) - at));
        }
    }
    c->build(weights, n_threads);
    return c;
}

std::unique_ptr<contender> contender::implicit(const std::string & name, const kernel_set & kernels,
                                               const std::vector<const payload *> & payloads, int64_t tokens,
                                               int n_threads) {
    std::unique_ptr<contender> c(new contender());
    c->name = name;
    c->isa = kernels.name;
    c->n_out = payloads[0]->n_out;
    c->n_in = payloads[0]->n_in;
    c->tokens = tokens;
    for (const auto & t : payloads[0]->tensors) {
        c->weight_bytes += int64_t(t.size_bytes());
    }
    c->s_->weights_ctx = ggml_init({ payloads.size() * ggml_tensor_overhead(), nullptr, true });
    std::vector<ggml_tensor *> weights;
    for (const payload * p : payloads) {
        c->s_->implicit.push_back(std::make_unique<implicit_weight>());
        weights.push_back(c->s_->implicit.back()->make_tensor(c->s_->weights_ctx, p->name, p->n_in, p->n_out));
    }
    c->s_->weights = ggml_backend_alloc_ctx_tensors_from_buft(c->s_->weights_ctx, op_buffer_type());
    for (size_t i = 0; i < payloads.size(); ++i) {
        c->s_->implicit[i]->bind(*payloads[i], nullptr, &kernels);
    }
    c->build(weights, n_threads);
    return c;
}

double seconds_now(bench_clock clock) {
    timespec t = {};
    clock_gettime(clock == bench_clock::wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

double contender::run(bench_clock clock) {
    const double start = seconds_now(clock);
    if (ggml_backend_graph_compute(s_->backend, s_->graph) != GGML_STATUS_SUCCESS) {
        throw std::runtime_error(name + " could not be computed");
    }
    return seconds_now(clock) - start;
}

} // namespace seeddelta
