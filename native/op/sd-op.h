#pragma once

// SeedΔ inside ggml's CPU backend: a buffer type whose tensors have a shape but no data, and whose traits compute
// MUL_MAT from a payload. Compiled into ggml-cpu; called by its list of extra buffer types and by runtime/.

#include "../codec/payload.h"
#include "ggml-backend.h"
#include "ggml.h"

#include <cstdint>
#include <memory>
#include <string>

namespace seeddelta {

struct kernel_set;

/// The SeedΔ buffer type of the CPU device. Belongs to no other backend, so the scheduler keeps its ops on the CPU.
ggml_backend_buffer_type_t op_buffer_type();

/// The computation behind one implicit tensor. Must outlive every graph that uses the tensor.
class implicit_weight {
  public:
    implicit_weight();
    ~implicit_weight();

    /// A [n_in, n_out] f32 tensor in `ctx`, to be allocated from op_buffer_type(). It occupies no memory worth naming:
    /// all rows share one stride of four bytes, and the pages behind them are never accessible.
    ggml_tensor * make_tensor(ggml_context * ctx, const std::string & name, int64_t n_in, int64_t n_out);

    /// Checks the payload and makes the tensor computable. The payload's memory and the twin are borrowed for the life of
    /// this object. `twin` may be nullptr; it is the dense weight that non-finite results are computed from again.
    /// Throws format_error. Before this call the tensor must not be computed. `kernels`: nullptr for active_kernels().
    void bind(const payload & p, const ggml_tensor * twin, const kernel_set * kernels = nullptr);

  private:
    struct traits;
    std::unique_ptr<traits> traits_;
};

/// Elements of results that were not finite since the process started.
int64_t op_non_finite_count();

} // namespace seeddelta

/// For the call site in ggml-cpu.cpp.
ggml_backend_buffer_type_t ggml_backend_cpu_seeddelta_buffer_type(void);
