#include "matmul.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace seeddelta {

namespace {

constexpr std::align_val_t alignment{ 64 };

int64_t n_tiles(int64_t n_tok) {
    return (n_tok + tile_tokens - 1) / tile_tokens;
}

int64_t n_lanes(int64_t n_tok) {
    return n_tok == 1 ? 1 : tile_tokens;
}

size_t padded(size_t bytes) {
    return (bytes + size_t(alignment) - 1) / size_t(alignment) * size_t(alignment);
}

const term & term_of(const weight & w, int i) {
    return i == 0 ? w.base() : w.residual();
}

const term_kernel & kernel_of(const matmul_job & job, int i) {
    return i == 0 ? job.kernels->bases[job.w->base_id()] : job.kernels->schemes[job.w->residual_id()];
}

size_t prepared_bytes(const term & t, int64_t lanes) {
    return t.is_zero() || t.prepare_units() == 0 ? 0 : padded(t.prepared_bytes(lanes));
}

} // namespace

prepared_input::~prepared_input() {
    ::operator delete(memory_, alignment);
}

bool prepared_input::record::same_as(const record & o) const {
    return kernels == o.kernels && kind == o.kind && at == o.at && bytes == o.bytes && units == o.units &&
           key == o.key && (kind < 0 || key != 0);
}

bool prepared_input::needed(const weight & w, int64_t n_tok) {
    return n_tok > 1 || prepared_bytes(w.base(), 1) != 0 || prepared_bytes(w.residual(), 1) != 0;
}

/// [x of all tiles][what the base prepared, by tile][what the residual prepared, by tile]
prepared_input::layout prepared_input::layout_of(const weight & w, int64_t n_tok) {
    const int64_t lanes = n_lanes(n_tok);
    const size_t x_bytes = padded(size_t(w.n_in() * lanes) * sizeof(float));
    layout l;
    l.total = size_t(n_tiles(n_tok)) * x_bytes;
    for (int i = 0; i < 2; ++i) {
        const size_t bytes = prepared_bytes(term_of(w, i), lanes);
        l.at[i] = bytes != 0 ? l.total : 0;
        l.stride[i] = bytes != 0 ? bytes : x_bytes;
        l.total += size_t(n_tiles(n_tok)) * bytes;
    }
    return l;
}

void prepared_input::reserve(const weight & w, int64_t n_tok) {
    const size_t total = needed(w, n_tok) ? layout_of(w, n_tok).total : 0;
    if (total <= size_) {
        return;
    }
    ::operator delete(memory_, alignment);
    memory_ = nullptr;
    size_ = 0;
    n_tok_ = 0; // holds no x
    memory_ = static_cast<char *>(::operator new(total, alignment));
    size_ = total;
}

void prepared_input::begin(const matmul_job & job) {
    const weight & w = *job.w;
    reserve(w, job.n_tok); // has room unless the job was planned in another thread
    if (prepared_) {
        held_[0] = wanted_[0];
        held_[1] = wanted_[1];
    } else if (changed_.load(std::memory_order_relaxed)) {
        held_[0] = held_[1] = record();
    }
    prepared_ = false;

    layout_ = layout_of(w, job.n_tok);
    for (int i = 0; i < 2; ++i) {
        const term & t = term_of(w, i);
        wanted_[i] = record();
        if (layout_.at[i] != 0) {
            wanted_[i] = { job.kernels,       i == 0 ? w.base_id() : w.residual_id(),
                           t.prepare_key(),   layout_.at[i],
                           layout_.stride[i], t.prepare_units() };
        }
    }

    bool changed = n_in_ != w.n_in() || n_tok_ != job.n_tok;
    n_in_ = w.n_in();
    n_tok_ = job.n_tok;
    if (job.n_tok == 1) {
        const size_t bytes = size_t(n_in_) * sizeof(float);
        changed = changed || std::memcmp(memory_, job.x, bytes) != 0;
        if (changed) {
            std::memcpy(memory_, job.x, bytes);
        }
    }
    changed_.store(changed, std::memory_order_relaxed);
}

void prepared_input::lay_out(const matmul_job & job, int ith, int nth) {
    // Units of work are (tile, slice of inputs), so that one tile of a large matrix still feeds every thread.
    constexpr int64_t slice = 256;
    const int64_t n_slices = (n_in_ + slice - 1) / slice;
    bool changed = false;
    for (int64_t unit = ith; unit < n_tiles(n_tok_) * n_slices; unit += nth) {
        const int64_t tile = unit / n_slices;
        const int64_t begin = unit % n_slices * slice;
        const int64_t n = std::min<int64_t>(tile_tokens, n_tok_ - tile * tile_tokens);
        float * xt = reinterpret_cast<float *>(memory_) + tile * n_in_ * tile_tokens;
        changed |= job.kernels->lay_out(job.x + tile * tile_tokens * job.x_stride, job.x_stride, n, begin,
                                        std::min(begin + slice, n_in_), xt);
    }
    if (changed) {
        changed_.store(true, std::memory_order_relaxed);
    }
}

bool prepared_input::to_prepare(int i) const {
    return wanted_[i].kind >= 0 && (changed_.load(std::memory_order_relaxed) || !held_[i].same_as(wanted_[i]));
}

void prepared_input::prepare(const matmul_job & job, int ith, int nth) {
    for (int i = 0; i < 2; ++i) {
        if (!to_prepare(i)) {
            continue;
        }
        const int64_t units = wanted_[i].units;
        for (int64_t at = ith; at < units * n_tiles(n_tok_); at += nth) {
            const int64_t tile = at / units;
            const int64_t n = std::min<int64_t>(tile_tokens, n_tok_ - tile * tile_tokens);
            kernel_of(job, i).prepare(term_of(*job.w, i), job.x + tile * tile_tokens * job.x_stride, job.x_stride, n,
                                      n_lanes(n_tok_), at % units,
                                      memory_ + layout_.at[i] + size_t(tile) * layout_.stride[i]);
        }
    }
    if (ith == 0) {
        prepared_ = true;
    }
}

} // namespace seeddelta
