#include "collect-syrk.h"

#include "failure.h"
#include "threads.h"

#include "../op/kernels.h"

#include <algorithm>
#include <cstring>

namespace seeddelta {

extern const syrk_kernel syrk_scalar;
#if defined(__x86_64__)
extern const syrk_kernel syrk_avx2;
extern const syrk_kernel syrk_avx512;
#endif

const syrk_kernel * all_syrk_kernels(int * n) {
    static const syrk_kernel kernels[] = {
        syrk_scalar,
#if defined(__x86_64__)
        syrk_avx2,
        syrk_avx512,
#endif
    };
    *n = int(sizeof kernels / sizeof kernels[0]);
    return kernels;
}

const syrk_kernel & active_syrk_kernel() {
    const char * problem = nullptr;
    const auto * set = active_kernels(&problem);
    if (set == nullptr) {
        fail_usage(problem);
    }
    int n = 0;
    const auto * kernels = all_syrk_kernels(&n);
    for (int i = n - 1; i > 0; --i) { // a set that adds to another one's instructions begins with its name
        if (std::strncmp(kernels[i].name, set->name, std::strlen(kernels[i].name)) == 0) {
            return kernels[i];
        }
    }
    return kernels[0];
}

namespace {

constexpr int64_t blocks_per_pass = 8; // 512 vectors: the total is read and written once per pass

int64_t n_panels(int64_t n) {
    return (n + syrk_panel - 1) / syrk_panel;
}

/// panels[p][t][c] = rows[t][p · syrk_panel + c], zero beyond n and beyond n_rows.
void pack(const float * const * rows, int64_t n_rows, int64_t n, int64_t n_blocks, int n_threads, float * panels) {
    const int64_t height = n_blocks * syrk_block;
    parallel_for(n_panels(n), n_threads, [&](int64_t p) {
        float * out = panels + p * height * syrk_panel;
        const int64_t first = p * syrk_panel;
        const int64_t width = std::min(syrk_panel, n - first);
        for (int64_t t = 0; t < height; ++t, out += syrk_panel) {
            const int64_t filled = t < n_rows ? width : 0;
            if (filled > 0) {
                std::memcpy(out, rows[t] + first, size_t(filled) * sizeof(float));
            }
            std::fill(out + filled, out + syrk_panel, 0.0f);
        }
    });
}

/// total += the packed vectors, tile by tile.
void add_panels(const float * panels, int64_t n, int64_t n_blocks, syrk_tile_fn tile, int n_threads, double * total) {
    const int64_t count = n_panels(n);
    const int64_t stride = n_blocks * syrk_block * syrk_panel;
    parallel_for(packed_size(count), n_threads, [&](int64_t item) {
        int64_t p = 0;
        while (item >= count - p) {
            item -= count - p;
            ++p;
        }
        const int64_t q = p + item;
        const int64_t n_rows = std::min(syrk_panel, n - p * syrk_panel);
        const int64_t n_cols = std::min(syrk_panel, n - q * syrk_panel);

        alignas(64) double acc[syrk_panel * syrk_panel] = {};
        const auto copy = [&](bool in) {
            for (int64_t r = 0; r < n_rows; ++r) {
                const int64_t skip = p == q ? r : 0;
                double * here = acc + r * syrk_panel + skip;
                double * there = total + packed_index(n, p * syrk_panel + r, q * syrk_panel + skip);
                const size_t size = size_t(n_cols - skip) * sizeof(double);
                std::memcpy(in ? here : there, in ? there : here, size);
            }
        };
        copy(true);
        tile(panels + p * stride, panels + q * stride, n_blocks, p == q, acc);
        copy(false);
    });
}

} // namespace

int64_t second_moment::scratch_floats(int64_t n) {
    return n_panels(n) * blocks_per_pass * syrk_block * syrk_panel;
}

second_moment::second_moment(int64_t n) : n_(n) {
    total_.resize(size_t(packed_size(n)));
}

void second_moment::add(const float * const * rows, int64_t n_rows, const syrk_kernel & kernel, int n_threads,
                        std::vector<float> & scratch) {
    const int64_t n_waiting = int64_t(waiting_.size()) / n_;
    std::vector<const float *> all;
    all.reserve(size_t(n_waiting + n_rows));
    for (int64_t i = 0; i < n_waiting; ++i) {
        all.push_back(waiting_.data() + i * n_);
    }
    all.insert(all.end(), rows, rows + n_rows);

    int64_t done = 0;
    const int64_t n_full = int64_t(all.size()) / syrk_block;
    for (int64_t block = 0; block < n_full;) {
        const int64_t n_blocks = std::min(blocks_per_pass, n_full - block);
        const size_t need = size_t(n_panels(n_) * n_blocks * syrk_block * syrk_panel);
        if (scratch.size() < need) {
            scratch.resize(need);
        }
        pack(all.data() + done, n_blocks * syrk_block, n_, n_blocks, n_threads, scratch.data());
        add_panels(scratch.data(), n_, n_blocks, kernel.tile, n_threads, total_.data());
        block += n_blocks;
        done += n_blocks * syrk_block;
    }

    std::vector<float> rest;
    rest.reserve(size_t((int64_t(all.size()) - done) * n_));
    for (size_t i = size_t(done); i < all.size(); ++i) {
        rest.insert(rest.end(), all[i], all[i] + n_);
    }
    waiting_ = std::move(rest);
    count_ += n_rows;
}

void second_moment::mean(const syrk_kernel & kernel, int n_threads, float * out) const {
    std::vector<double> total;
    const double * sum = total_.data();
    if (!waiting_.empty()) {
        total = total_;
        std::vector<const float *> rows;
        for (size_t at = 0; at < waiting_.size(); at += size_t(n_)) {
            rows.push_back(waiting_.data() + at);
        }
        std::vector<float> panels(size_t(n_panels(n_) * syrk_block * syrk_panel));
        pack(rows.data(), int64_t(rows.size()), n_, 1, n_threads, panels.data());
        add_panels(panels.data(), n_, 1, kernel.tile, n_threads, total.data());
        sum = total.data();
    }
    for (int64_t i = 0; i < packed_size(n_); ++i) {
        out[i] = float(sum[i] / double(count_));
    }
}

} // namespace seeddelta
