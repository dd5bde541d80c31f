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

/// Whether the kernel of the term reads x itself and not what it prepared.
bool reads_x(const term & t) {
    return !t.is_zero() && t.prepare_units() == 0;
}

/// Inputs of a tile that a thread lays out together, so that one tile of a large matrix still feeds every thread.
constexpr int64_t slice_inputs = 256;

int64_t n_slices(int64_t n_in) {
    return (n_in + slice_inputs - 1) / slice_inputs;
}

/// Mixes the bits of x[n] into `seed`: other bits give the same with a chance of about 2⁻⁶⁴.
uint64_t fingerprint(const float * x, int64_t n, uint64_t seed) {
    constexpr uint64_t odd1 = 0x9e3779b97f4a7c15, odd2 = 0xd6e8feb86659fd93;
    constexpr int chains = 4; // hide the latency of a multiplication
    constexpr int64_t step = chains * int64_t(sizeof(uint64_t) / sizeof(float));
    uint64_t h[chains] = { seed, seed ^ odd1, seed ^ odd2, ~seed };
    const auto mix = [&h](const float * from) {
        uint64_t v[chains];
        std::memcpy(v, from, sizeof v);
        for (int i = 0; i < chains; ++i) {
            h[i] ^= v[i];
            h[i] = (h[i] << 29 | h[i] >> 35) * odd1;
        }
    };
    int64_t i = 0;
    for (; i + step <= n; i += step) {
        mix(x + i);
    }
    if (i < n) {
        float tail[step] = {};
        std::copy(x + i, x + n, tail);
        mix(tail);
    }
    uint64_t all = uint64_t(n);
    for (const uint64_t one : h) {
        all = (all ^ one) * odd2;
        all ^= all >> 32;
    }
    return all;
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

/// [x of all tiles, or its fingerprints by tile and slice][what the base prepared, by tile][the residual, by tile]
prepared_input::layout prepared_input::layout_of(const weight & w, int64_t n_tok) {
    const int64_t lanes = n_lanes(n_tok);
    layout l;
    l.tiles = n_tok == 1 || reads_x(w.base()) || reads_x(w.residual());
    const size_t x_bytes = padded(l.tiles ? size_t(w.n_in() * lanes) * sizeof(float)
                                          : size_t(n_slices(w.n_in())) * sizeof(uint64_t));
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

    bool changed = n_in_ != w.n_in() || n_tok_ != job.n_tok || tiles_ != layout_.tiles;
    tiles_ = layout_.tiles;
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
    const int64_t slices = n_slices(n_in_);
    bool changed = false;
    for (int64_t unit = ith; unit < n_tiles(n_tok_) * slices; unit += nth) {
        const int64_t tile = unit / slices;
        const int64_t begin = unit % slices * slice_inputs;
        const int64_t end = std::min(begin + slice_inputs, n_in_);
        const int64_t n = std::min<int64_t>(tile_tokens, n_tok_ - tile * tile_tokens);
        const float * x = job.x + tile * tile_tokens * job.x_stride;
        if (tiles_) {
            float * xt = reinterpret_cast<float *>(memory_) + tile * n_in_ * tile_tokens;
            changed |= job.kernels->lay_out(x, job.x_stride, n, begin, end, xt);
        } else {
            uint64_t print = 0;
            for (int64_t k = 0; k < n; ++k) {
                print = fingerprint(x + k * job.x_stride + begin, end - begin, print);
            }
            uint64_t & held = reinterpret_cast<uint64_t *>(memory_)[unit];
            changed |= held != print;
            held = print;
        }
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
