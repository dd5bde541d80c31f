#include "sd-op.h"

#include "matmul.h"

#include "ggml-backend-impl.h"
#include "ggml-cpu-impl.h"
#include "ggml-cpu.h"
#include "ggml-impl.h"
#include "traits.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace seeddelta {

namespace {

std::atomic<int64_t> non_finite_total{ 0 };

/// Lives as long as the thread, so that what gate prepared is still there when up comes; ggml's own work memory is
/// anybody's between two ops.
prepared_input & input_of_this_thread() {
    static thread_local prepared_input input;
    return input;
}

class twin_rows final : public row_fallback {
  public:
    explicit twin_rows(const ggml_tensor * twin) : twin_(twin) {}

    float dot(int64_t row, const float * x) const override {
        std::vector<float> w(size_t(twin_->ne[0]));
        const char *       data = static_cast<const char *>(twin_->data) + size_t(row) * twin_->nb[1];
        if (twin_->type == GGML_TYPE_F32) {
            std::memcpy(w.data(), data, w.size() * sizeof(float));
        } else {
            ggml_get_type_traits(twin_->type)->to_float(data, w.data(), twin_->ne[0]);
        }
        double sum = 0;
        for (size_t i = 0; i < w.size(); ++i) {
            sum += double(w[i]) * x[i];
        }
        return float(sum);
    }

  private:
    const ggml_tensor * twin_;
};

} // namespace

struct implicit_weight::traits final : ggml::cpu::tensor_traits {
    std::unique_ptr<const weight> w;
    const kernel_set *            kernels = nullptr;
    std::unique_ptr<twin_rows>    twin;

    /// Called when a graph is planned, by the thread that will be number 0 when it is computed: the time to allocate.
    bool work_size(int, const ggml_tensor * op, size_t & size) override {
        GGML_ASSERT(w != nullptr);
        input_of_this_thread().reserve(*w, op->src[1]->ne[1]);
        size = sizeof(prepared_input *);
        return true;
    }

    bool compute_forward(ggml_compute_params * params, ggml_tensor * op) override {
        const ggml_tensor * x = op->src[1];
        GGML_ASSERT(w != nullptr && x->nb[0] == sizeof(float) && op->nb[0] == sizeof(float));

        matmul_job job;
        job.w = w.get();
        job.kernels = kernels;
        job.fallback = twin.get();
        job.x_stride = int64_t(x->nb[1] / sizeof(float));
        job.y_stride = int64_t(op->nb[1] / sizeof(float));
        job.n_tok = x->ne[1];
        // whole groups of rows to each thread, so that no two write to one line of y
        const int64_t group = matmul_row_group(*w);
        const int64_t n_groups = (w->n_out() + group - 1) / group;
        const int64_t first = n_groups * params->ith / params->nth * group;
        const int64_t last = std::min(n_groups * (params->ith + 1) / params->nth * group, w->n_out());

        for (int64_t plane = 0; plane < x->ne[2] * x->ne[3]; ++plane) {
            const int64_t i2 = plane % x->ne[2];
            const int64_t i3 = plane / x->ne[2];
            job.x = reinterpret_cast<const float *>(static_cast<const char *>(x->data) + i2 * x->nb[2] + i3 * x->nb[3]);
            job.y = reinterpret_cast<float *>(static_cast<char *>(op->data) + i2 * op->nb[2] + i3 * op->nb[3]);
            if (plane > 0) {
                ggml_barrier(params->threadpool); // the prepared input is shared and about to change
            }
            matmul_prepare(job, input_of_this_thread(), static_cast<prepared_input **>(params->wdata), params->ith,
                           params->nth, [&] { ggml_barrier(params->threadpool); });
            const int64_t n_bad = matmul_rows(job, first, last);
            if (n_bad != 0 && non_finite_total.fetch_add(n_bad) == 0) {
                GGML_LOG_WARN("seeddelta: %s gave a value that is not finite; such values are replaced and counted\n",
                              w->name().c_str());
            }
        }
        return true;
    }
};

implicit_weight::implicit_weight() : traits_(std::make_unique<traits>()) {}

implicit_weight::~implicit_weight() = default;

ggml_tensor * implicit_weight::make_tensor(ggml_context * ctx, const std::string & name, int64_t n_in, int64_t n_out) {
    ggml_tensor * t = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, n_in, n_out);
    ggml_set_name(t, name.c_str());
    t->nb[1] = t->nb[2] = t->nb[3] = t->nb[0];
    t->extra = static_cast<ggml::cpu::tensor_traits *>(traits_.get());
    return t;
}

void implicit_weight::bind(const payload & p, const ggml_tensor * twin, const kernel_set * kernels) {
    const char * problem = nullptr;
    traits_->kernels = kernels ? kernels : active_kernels(&problem);
    if (traits_->kernels == nullptr) {
        throw std::runtime_error(problem);
    }
    traits_->w = weight::open(p);
    traits_->twin = twin ? std::make_unique<twin_rows>(twin) : nullptr;
}

int64_t op_non_finite_count() {
    return non_finite_total;
}

// ---- the buffer type

namespace {

// Address space without memory behind it: a stray read of an implicit tensor faults instead of returning zeros.
void free_buffer(ggml_backend_buffer_t buffer) {
    munmap(buffer->context, buffer->size);
}

void * get_base(ggml_backend_buffer_t buffer) {
    return buffer->context;
}

void set_tensor(ggml_backend_buffer_t, ggml_tensor * tensor, const void *, size_t, size_t) {
    GGML_ABORT("seeddelta: %s is implicit and takes no data", tensor->name);
}

void get_tensor(ggml_backend_buffer_t, const ggml_tensor * tensor, void *, size_t, size_t) {
    GGML_ABORT("seeddelta: %s is implicit and has no data", tensor->name);
}

void clear(ggml_backend_buffer_t, uint8_t) {}

const char * get_name(ggml_backend_buffer_type_t) {
    return "CPU_SEEDDELTA";
}

ggml_backend_buffer_t alloc_buffer(ggml_backend_buffer_type_t buft, size_t size) {
    void * address = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED) {
        return nullptr;
    }
    ggml_backend_buffer_i iface = {};
    iface.free_buffer = free_buffer;
    iface.get_base = get_base;
    iface.set_tensor = set_tensor;
    iface.get_tensor = get_tensor;
    iface.clear = clear;
    return ggml_backend_buffer_init(buft, iface, address, size);
}

size_t get_alignment(ggml_backend_buffer_type_t) {
    return 64;
}

class extra_buffer_type final : public ggml::cpu::extra_buffer_type {
    bool supports_op(ggml_backend_dev_t, const ggml_tensor * op) override {
        return op->op == GGML_OP_MUL_MAT && get_tensor_traits(op) != nullptr && op->src[1]->type == GGML_TYPE_F32 &&
               op->type == GGML_TYPE_F32 && (!op->src[1]->buffer || ggml_backend_buft_is_host(op->src[1]->buffer->buft));
    }

    ggml::cpu::tensor_traits * get_tensor_traits(const ggml_tensor * op) override {
        const ggml_tensor * w = op->op == GGML_OP_MUL_MAT ? op->src[0] : nullptr;
        if (w == nullptr || w->buffer == nullptr || w->buffer->buft != op_buffer_type()) {
            return nullptr;
        }
        return static_cast<ggml::cpu::tensor_traits *>(w->extra);
    }
};

} // namespace

ggml_backend_buffer_type_t op_buffer_type() {
    static extra_buffer_type        extra;
    static ggml_backend_buffer_type type = [] {
        ggml_backend_buffer_type t = {};
        t.iface.get_name = get_name;
        t.iface.alloc_buffer = alloc_buffer;
        t.iface.get_alignment = get_alignment;
        t.device = ggml_backend_reg_dev_get(ggml_backend_cpu_reg(), 0);
        t.context = static_cast<ggml::cpu::extra_buffer_type *>(&extra);
        return t;
    }();
    return &type;
}

} // namespace seeddelta

ggml_backend_buffer_type_t ggml_backend_cpu_seeddelta_buffer_type(void) {
    return seeddelta::op_buffer_type();
}
