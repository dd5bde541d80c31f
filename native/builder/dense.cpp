#include "dense.h"

#include "failure.h"
#include "threads.h"

#include <cmath>
#include <cstring>

namespace seeddelta {

static const char weight_suffix[] = ".weight";

std::string weight_name(const std::string & tensor) {
    const size_t n = sizeof weight_suffix - 1;
    if (tensor.size() <= n || tensor.compare(tensor.size() - n, n, weight_suffix) != 0) {
        fail_input("tensor '" + tensor + "' is not a weight; SeedDelta replaces tensors named *.weight");
    }
    return tensor.substr(0, tensor.size() - n);
}

bool can_dequantize(ggml_type type) {
    return type == GGML_TYPE_F32 || ggml_get_type_traits(type)->to_float != nullptr;
}

dense_rows::dense_rows(const model & source, const std::string & tensor) : source_(source) {
    const int64_t id = source.find(tensor);
    if (id < 0) {
        fail_input(source.path() + ": has no tensor '" + tensor + "'");
    }
    place_ = &source.tensors()[size_t(id)];
    if (place_->ne[2] != 1 || place_->ne[3] != 1) {
        fail_input(source.path() + ": tensor '" + tensor + "' is not a matrix (it has " +
                   std::to_string(place_->n_dims) + " dimensions)");
    }
    if (!can_dequantize(place_->type)) {
        fail_input(source.path() + ": tensor '" + tensor + "' has type " + ggml_type_name(place_->type) +
                   ", which ggml cannot turn into f32");
    }
    if (n_in() > INT32_MAX || n_out() > INT32_MAX) {
        fail_input(source.path() + ": tensor '" + tensor + "' has an impossible shape");
    }
}

void dense_rows::read(int64_t first, int64_t last, float * out) const {
    const size_t         row_bytes = ggml_row_size(place_->type, n_in());
    const auto           to_float = ggml_get_type_traits(place_->type)->to_float;
    std::vector<uint8_t> raw(row_bytes * size_t(last - first));
    source_.file().read(raw.data(), raw.size(), place_->offset + int64_t(row_bytes) * first);
    for (int64_t r = first; r < last; ++r, out += n_in()) {
        const uint8_t * in = raw.data() + row_bytes * size_t(r - first);
        if (place_->type == GGML_TYPE_F32) {
            std::memcpy(out, in, row_bytes);
        } else {
            to_float(in, out, n_in());
        }
        for (int64_t c = 0; c < n_in(); ++c) {
            if (!std::isfinite(out[c])) {
                fail_input(source_.path() + ": tensor '" + place_->name + "' is not finite at row " +
                           std::to_string(r) + ", input " + std::to_string(c) + "; the model is damaged");
            }
        }
    }
}

dense_weight::dense_weight(const model & source, const std::string & tensor, int n_threads)
    : name_(weight_name(tensor)) {
    const dense_rows rows(source, tensor);
    n_in_ = rows.n_in();
    n_out_ = rows.n_out();
    values_.resize(size_t(n_out_ * n_in_));
    parallel_rows(n_out_, n_threads, [&](int64_t, int64_t first, int64_t last) {
        rows.read(first, last, values_.data() + first * n_in_);
    });
}

dense_weight::dense_weight(const std::string & name, int64_t n_out, int64_t n_in, std::vector<float> values)
    : name_(name), n_out_(n_out), n_in_(n_in), values_(std::move(values)) {
    if (n_out < 1 || n_in < 1 || int64_t(values_.size()) != n_out * n_in) {
        fail_usage(name + ": the number of values does not fit the shape");
    }
}

void dense_weight::set_moments(std::shared_ptr<const second_moments> moments) {
    if (moments && moments->n() != n_in_) {
        fail_input(name_ + ": the moments have " + std::to_string(moments->n()) + " inputs, the weight has " +
                   std::to_string(n_in_) + "; were they made for another model?");
    }
    moments_ = std::move(moments);
}

} // namespace seeddelta
