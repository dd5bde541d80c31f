#pragma once

#include "../../builder/failure.h"
#include "../../op/matmul.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

#include <sys/mman.h>

/// The input as a file that lives in memory, for code that reads files.
class memory_file {
  public:
    memory_file() : fd_(::memfd_create("fuzz", 0)), path_("/proc/self/fd/" + std::to_string(fd_)) {}
    ~memory_file() { ::close(fd_); }
    memory_file(const memory_file &) = delete;
    memory_file & operator=(const memory_file &) = delete;

    void write(const void * data, size_t size) {
        if (::write(fd_, data, size) != ssize_t(size)) {
            std::abort();
        }
    }
    const std::string & path() const { return path_; }

  private:
    int         fd_;
    std::string path_;
};

/// Runs `body`; a refusal with a message is a good answer, any other exception is a finding.
template <typename F> void refused_or_done(F && body) {
    try {
        body();
    } catch (const seeddelta::failure &) {
    } catch (const seeddelta::format_error &) {
    }
}

/// What a runtime does with a payload that was accepted: decodes rows, and multiplies one token and a batch with every
/// kernel set of this machine. Each payload tensor gets a heap block of its own size, so that the sanitizer sees a read
/// past its end; whatever the values are, no result may be NaN or infinite.
inline void exercise(seeddelta::payload p) {
    using namespace seeddelta;
    constexpr int64_t max_inputs = 4096, max_rows = 64;
    constexpr size_t  max_prepared_bytes = size_t(4) << 20;

    std::vector<std::unique_ptr<uint8_t[]>> copies;
    for (auto & t : p.tensors) {
        copies.push_back(std::make_unique<uint8_t[]>(t.size_bytes()));
        std::copy_n(static_cast<const uint8_t *>(t.data), t.size_bytes(), copies.back().get());
        t.data = copies.back().get();
    }
    const auto w = weight::open(p);
    if (w->n_in() > max_inputs || w->base().prepared_bytes(tile_tokens) > max_prepared_bytes ||
        w->residual().prepared_bytes(tile_tokens) > max_prepared_bytes) {
        return;
    }
    std::vector<float> row(size_t(w->n_in()));
    for (int64_t r : { int64_t(0), w->n_out() / 2, w->n_out() - 1 }) {
        w->decode_row(r, row.data());
    }

    int        n_sets = 0;
    const auto sets = all_kernel_sets(&n_sets);
    for (int64_t n_tok : { 1, tile_tokens + 1 }) {
        std::vector<float> x(size_t(n_tok * w->n_in()));
        for (size_t i = 0; i < x.size(); ++i) {
            x[i] = float(int(i * 7 % 13) - 6);
        }
        const int64_t      group = matmul_row_group(*w);
        const int64_t      first = w->n_out() > max_rows ? (w->n_out() - max_rows) / group * group : 0;
        std::vector<float> y(size_t(n_tok * w->n_out()));
        for (int i = 0; i < n_sets; ++i) {
            if (!sets[i]->supported()) {
                continue;
            }
            matmul_job job;
            job.w = w.get();
            job.kernels = sets[i];
            job.x = x.data();
            job.x_stride = w->n_in();
            job.n_tok = n_tok;
            job.y = y.data();
            job.y_stride = w->n_out();
            prepared_input   input;
            prepared_input * board = nullptr;
            matmul_prepare(job, input, &board, 0, 1, [] {});
            matmul_rows(job, first, w->n_out());
            for (float v : y) {
                if (v - v != 0.0f) {
                    std::fprintf(stderr, "kernels %s let a value through that is not finite\n", sets[i]->name);
                    std::abort();
                }
            }
        }
    }
}
