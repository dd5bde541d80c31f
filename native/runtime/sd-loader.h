#pragma once

// The loader's side of SeedΔ: turns the payloads of a GGUF into implicit tensors while llama.cpp loads it.
// Compiled into libllama; called from three places of the patched loader.

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct ggml_context;
struct ggml_tensor;
struct ggml_backend_buffer_type;
struct llama_model_loader;

namespace seeddelta {

class loader {
  public:
    using context_for = std::function<ggml_context *(ggml_backend_buffer_type *)>;
    using named_tensors = std::vector<std::pair<std::string, ggml_tensor *>>;

    /// nullptr for a model without payloads. Throws std::runtime_error (naming tensor and reason) for a file this build
    /// must not run. Call before the first tensor is created.
    static std::shared_ptr<loader> open(llama_model_loader & ml);

    ~loader();

    /// The implicit tensor when `name` has a payload, its payload tensors being created beside it as ordinary mmapped
    /// ones; nullptr when the name is none of ours.
    ggml_tensor * create_tensor(const std::string & name, std::initializer_list<int64_t> ne,
                                const context_for & context);

    /// Checks every payload's contents and makes the tensors computable. Call when all tensor data has been loaded;
    /// this object must then live as long as the model. Payload tensors leave the model's list: no graph has them as
    /// operands, and llama.cpp sizes its graph buffers by the length of that list.
    void finish(named_tensors & model_tensors);

  private:
    struct state;
    explicit loader(std::unique_ptr<state> s);
    std::unique_ptr<state> state_;
};

} // namespace seeddelta
