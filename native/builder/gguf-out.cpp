#include "gguf-out.h"

#include "failure.h"

#include <algorithm>
#include <unistd.h>

namespace seeddelta {

gguf_out::gguf_out() : header_(gguf_init_empty()) {}

void gguf_out::set_strings(const char * key, const std::vector<std::string> & values) {
    std::vector<const char *> pointers;
    for (const auto & v : values) {
        pointers.push_back(v.c_str());
    }
    gguf_set_arr_str(header_.get(), key, pointers.data(), pointers.size());
}

void gguf_out::add(const std::string & name, ggml_type type, const std::vector<int64_t> & ne,
                   std::function<void(void *)> fill) {
    if (name.size() >= GGML_MAX_NAME || gguf_find_tensor(header_.get(), name.c_str()) >= 0) {
        fail_input("tensor name '" + name + "' is too long for a GGUF file or occurs twice");
    }
    ggml_init_params params = { ggml_tensor_overhead() + 256, nullptr, /*.no_alloc =*/true };
    ggml_context * ctx = ggml_init(params);
    if (ctx == nullptr) {
        throw std::bad_alloc();
    }
    ggml_tensor * t = ggml_new_tensor(ctx, type, int(ne.size()), ne.data());
    ggml_set_name(t, name.c_str());
    gguf_add_tensor(header_.get(), t); // copies the description
    tensors_.push_back({ ggml_nbytes(t), std::move(fill) });
    ggml_free(ctx);
}

void gguf_out::add_f32(const std::string & name, const std::vector<int64_t> & ne, std::function<void(float *)> fill) {
    add(name, GGML_TYPE_F32, ne, [fill = std::move(fill)](void * data) { fill(static_cast<float *>(data)); });
}

void gguf_out::add_i64(const std::string & name, std::vector<int64_t> values) {
    const int64_t n = int64_t(values.size());
    add(name, GGML_TYPE_I64, { n }, [values = std::move(values)](void * data) {
        std::copy(values.begin(), values.end(), static_cast<int64_t *>(data));
    });
}

void gguf_out::write(const std::string & path) const {
    const size_t align = gguf_get_alignment(header_.get());
    const auto padded = [align](size_t n) { return (n + align - 1) / align * align; };
    std::vector<uint8_t> bytes(gguf_get_meta_size(header_.get()));
    gguf_get_meta_data(header_.get(), bytes.data());

    size_t total = bytes.size();
    for (const auto & t : tensors_) {
        total += padded(t.size);
    }
    const std::string temporary = path + ".tmp-" + std::to_string(::getpid());
    output_file file(temporary, int64_t(total));
    file.write(bytes.data(), bytes.size());
    std::vector<double> data; // aligned for any type
    for (const auto & t : tensors_) {
        data.resize((t.size + sizeof(double) - 1) / sizeof(double));
        t.fill(data.data());
        file.write(data.data(), t.size);
        file.write_zeros(padded(t.size) - t.size);
    }
    file.commit();
    rename_durably(temporary, path);
}

} // namespace seeddelta
