#include "../codec/weight.h"
#include "../op/kernels.h"
#include "../op/matmul.h"
#include "../runtime/payload-reader.h"
#include "dense.h"
#include "exact-math.h"
#include "failure.h"
#include "sums.h"
#include "threads.h"
#include "writer.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace seeddelta {

[[noreturn]] static void differs(const std::string & what) {
    throw failure(SD_E_INTERNAL, what + ": what was written does not read back as it was made; the disk or this "
                                        "build is faulty");
}

static bool same_tensors(const payload & a, const payload & b) {
    if (a.tensors.size() != b.tensors.size()) {
        return false;
    }
    for (size_t i = 0; i < a.tensors.size(); ++i) {
        const auto & x = a.tensors[i];
        const auto & y = b.tensors[i];
        if (x.suffix != y.suffix || x.type != y.type || std::memcmp(x.ne, y.ne, sizeof x.ne) != 0 ||
            std::memcmp(x.data, y.data, x.size_bytes()) != 0) {
            return false;
        }
    }
    return true;
}

static const kernel_set & kernels() {
    const char *       problem = nullptr;
    const kernel_set * set = active_kernels(&problem);
    if (set == nullptr) {
        fail_usage(problem);
    }
    return *set;
}

/// The bytes that came back are the ones the digest was made of, so only the key needs a look.
static void check_digest(const model & written, const std::string & name, const std::string & digest) {
    const int64_t id = gguf_find_key(written.header(), ("seeddelta." + name + ".sha256").c_str());
    if (id < 0 || gguf_get_kv_type(written.header(), id) != GGUF_TYPE_STRING ||
        digest != gguf_get_val_str(written.header(), id)) {
        differs(name + ".sha256");
    }
}

namespace {

/// One token and one batch that does not fill its last tile, through the kernels that this machine will use.
class kernel_check {
  public:
    static constexpr int64_t batch = tile_tokens + 1;

    explicit kernel_check(const weight & w) :
        w_(w), n_in_(w.n_in()), x_(size_t(batch * n_in_)), y_one_(size_t(w.n_out())),
        y_batch_(size_t(batch * w.n_out())) {
        for (int64_t t = 0; t < batch; ++t) {
            const gaussian_stream g(0, "verify", t);
            for (int64_t c = 0; c < n_in_; ++c) {
                x_[size_t(t * n_in_ + c)] = float(g.at(uint32_t(c)));
            }
        }
        job_.w = &w;
        job_.kernels = &kernels();
        job_.x = x_.data();
        job_.x_stride = n_in_;
        job_.y_stride = w.n_out();
        job_.n_tok = batch;
        one_ = job_;
        one_.n_tok = 1;
        prepared_input * board = nullptr;
        matmul_prepare(job_, input_, &board, 0, 1, [] {});
        matmul_prepare(one_, input_one_, &board, 0, 1, [] {});
    }

    void run_rows(int64_t first, int64_t last) {
        matmul_job one = one_;
        one.y = y_one_.data();
        matmul_rows(one, first, last);
        matmul_job many = job_;
        many.y = y_batch_.data();
        matmul_rows(many, first, last);
    }

    /// decoded[n_in] is row `row` as the oracle gives it.
    bool agrees(int64_t row, const float * decoded) const {
        const auto norm = [&](const float * v) {
            return std::sqrt(sum_lanes(n_in_, [&](int64_t c) { return double(v[c]) * double(v[c]); }));
        };
        const double summed = w_.base().summed_length(row) + w_.residual().summed_length(row);
        const double scale = norm(decoded) + std::fabs(double(w_.row_scale(row))) * summed;
        for (int64_t t : { int64_t(0), batch - 1 }) {
            const float * x = x_.data() + t * n_in_;
            const double  y = sum_lanes(n_in_, [&](int64_t c) { return double(decoded[c]) * double(x[c]); });
            const double  limit = double(w_.kernel_tolerance()) * scale * norm(x) + 1e-30;
            if (std::fabs(double(y_batch_[size_t(t * w_.n_out() + row)]) - y) > limit ||
                (t == 0 && std::fabs(double(y_one_[size_t(row)]) - y) > limit)) {
                return false;
            }
        }
        return true;
    }

  private:
    const weight &       w_;
    int64_t              n_in_;
    std::vector<float>   x_, y_one_, y_batch_;
    prepared_input input_, input_one_;
    matmul_job job_, one_;
};

} // namespace

void verify_payload(const model & written, const std::string & name, const stored_payload & made,
                    const std::string & digest) {
    const auto loaded = read_model_payload(written, name);
    const auto read = weight::open(loaded->view);
    const auto original = weight::open(made.view);
    if (!same_tensors(loaded->view, made.view)) {
        differs(name);
    }
    check_digest(written, name, digest);

    kernel_check check(*read);
    const int64_t n_in = read->n_in();
    const int64_t per_item = std::max(rows_per_item, matmul_row_group(*read)); // powers of two
    parallel_for((read->n_out() + per_item - 1) / per_item, 0, [&](int64_t item) {
        const int64_t first = item * per_item;
        const int64_t last = std::min(read->n_out(), first + per_item);
        check.run_rows(first, last);
        std::vector<float> a(static_cast<size_t>(n_in)), b(static_cast<size_t>(n_in));
        for (int64_t r = first; r < last; ++r) {
            read->decode_row(r, a.data());
            original->decode_row(r, b.data());
            if (std::memcmp(a.data(), b.data(), size_t(n_in) * sizeof(float)) != 0) {
                differs(name + " row " + std::to_string(r));
            }
            if (!check.agrees(r, a.data())) {
                throw failure(SD_E_INTERNAL, name + ": kernel set '" + kernels().name +
                                                 "' disagrees with the decoded weight at row " + std::to_string(r) +
                                                 "; try SEEDDELTA_ISA=scalar and report this");
            }
        }
    });
}

/// A weight that the new file has neither dense nor as a payload would make a file nobody can run.
static void check_nothing_lost(const model & source, const model & written, const std::vector<std::string> & existing) {
    const std::vector<std::string> now = model_payload_names(written);
    const auto                     present = [&](const std::string & tensor) {
        return written.find(tensor) >= 0 || std::find(now.begin(), now.end(), weight_name(tensor)) != now.end();
    };
    for (const auto & t : source.tensors()) {
        std::string owner, suffix;
        if (split_payload_tensor_name(t.name, owner, suffix) || written.find(t.name) >= 0) {
            continue;
        }
        if (!present(t.name)) {
            throw failure(SD_E_INTERNAL, "tensor '" + t.name + "' would be lost: neither dense nor a payload");
        }
    }
    for (const auto & name : existing) {
        if (!present(name + ".weight")) {
            throw failure(SD_E_INTERNAL, "weight '" + name + "' would be lost: neither dense nor a payload");
        }
    }
}

void writer::verify(const std::string & path, const output_plan & expected) const {
    const model written(path);
    if (written.tensors().size() != expected.tensors.size()) {
        differs(path);
    }
    for (size_t i = 0; i < expected.tensors.size(); ++i) {
        const auto & a = expected.tensors[i];
        const auto & b = written.tensors()[i];
        if (a.name != b.name || a.type != b.type || a.size != b.size || std::memcmp(a.ne, b.ne, sizeof a.ne) != 0) {
            differs(path + ": tensor '" + a.name + "'");
        }
        if (!a.decoded.empty() && !decoded_as_written(written, a)) {
            differs(path + ": tensor '" + a.name + "'");
        }
    }
    check_nothing_lost(source_, written, existing_);
    for (const auto & p : payloads_) {
        verify_payload(written, p.first, *p.second.payload, p.second.digest);
    }
}

} // namespace seeddelta
