#pragma once

#include "kernels.h"

#include <atomic>

namespace seeddelta {

/// Where a non-finite result is computed again. Slow paths only.
class row_fallback {
  public:
    virtual ~row_fallback() = default;
    /// Row `row` of the dense weight · x[n_in].
    virtual float dot(int64_t row, const float * x) const = 0;
};

class prepared_input;

/// y[n_tok][n_out] = Ŵ · x[n_tok][n_in] with a kernel set. Rows are computed independently of each other, so the result
/// does not depend on how a caller splits them over threads.
/// Strides are in floats. Oracle: weight::decode_row and a dot product in double; tolerance weight::kernel_tolerance.
struct matmul_job {
    const weight *     w = nullptr;
    const kernel_set * kernels = nullptr;
    const float *      x = nullptr;
    int64_t            x_stride = 0;
    int64_t            n_tok = 0;
    float *            y = nullptr;
    int64_t            y_stride = 0;
    const prepared_input * input = nullptr;  // set by matmul_prepare
    const row_fallback * fallback = nullptr; // may stay nullptr
};

/// What the kernels of a job read in place of x: a batch laid out in tiles, and what terms prepared. One object belongs
/// to a thread that starts jobs and serves one job at a time; all threads of that job work on it.
///
/// It remembers what it holds. When the next job reads the same x, a term with the same prepare_key finds its work
/// done: so gate and up of a layer share it. "The same x" is decided by the bits of x and never by its address: every
/// job compares its x with the copy in here (for a batch while laying it out, which touches the same memory anyway), or,
/// where no term reads a batch as tiles, its fingerprints with those in here, which are far smaller than a copy and miss
/// a change with a chance of 2⁻⁶⁴. What was prepared is a function of these bits and the key. So nothing that happens
/// between two jobs can make it stale: a graph that was aborted, evaluated again, or rebuilt at the same addresses,
/// another context in the same thread, an op that wrote x in place.
class prepared_input {
  public:
    prepared_input() = default;
    ~prepared_input();
    prepared_input(const prepared_input &) = delete;
    prepared_input & operator=(const prepared_input &) = delete;

    /// False for a job whose kernels read nothing but x as it is.
    static bool needed(const weight & w, int64_t n_tok);

    /// Makes room for a job. Does nothing where there is room, so that a caller who knows its jobs ahead allocates
    /// outside the hot path. Throws std::bad_alloc.
    void reserve(const weight & w, int64_t n_tok);

    // The three steps of matmul_prepare: one thread; then every thread, twice.
    void begin(const matmul_job & job);
    void lay_out(const matmul_job & job, int ith, int nth);
    void prepare(const matmul_job & job, int ith, int nth);

    /// Whether something must be prepared; every thread asks after lay_out.
    bool stale() const { return to_prepare(0) || to_prepare(1); }

    /// What term 0 (base) or 1 (residual) reads: tile 0, and the bytes from one tile to the next.
    const void * tiles(int term) const { return memory_ + layout_.at[term]; }
    size_t stride(int term) const { return layout_.stride[term]; }

  private:
    struct layout {
        bool tiles = true; // x as it is or in tiles; else fingerprints of it
        size_t at[2] = {};
        size_t stride[2] = {};
        size_t total = 0;
    };
    /// What one term leaves here. Equal records on equal x mean equal contents.
    struct record {
        const kernel_set * kernels = nullptr;
        int kind = -1; // base_kind or resid_scheme; -1: nothing
        uint64_t key = 0;
        size_t at = 0;
        size_t bytes = 0; // of a tile
        int64_t units = 0;
        bool same_as(const record & o) const;
    };

    char * memory_ = nullptr;
    size_t size_ = 0;
    layout layout_;
    int64_t n_in_ = 0; // the shape of the x in `memory_`
    int64_t n_tok_ = 0;
    bool tiles_ = true; // how it is held
    record wanted_[2];                   // by the job, for each term
    record held_[2];                     // by `memory_` when the job began; counts only while x is the same
    std::atomic<bool> changed_{ false }; // x is not what `memory_` held when the job began
    bool prepared_ = false;              // `memory_` holds what the job wanted

    static layout layout_of(const weight & w, int64_t n_tok);
    bool to_prepare(int i) const;
};

/// Prepares the input of `job` where it needs that. Every thread of a team calls it with its `ith`; all meet at
/// `wait()` up to three times, and may go on to matmul_rows at once. Thread 0 gives its own `memory`, which must stay
/// untouched until all have finished their rows; `board` is one word that all of them see.
template <typename Wait>
void matmul_prepare(matmul_job & job, prepared_input & memory, prepared_input ** board, int ith, int nth,
                    Wait && wait) {
    if (!prepared_input::needed(*job.w, job.n_tok)) {
        return;
    }
    if (ith == 0) {
        memory.begin(job);
        *board = &memory;
    }
    wait();
    prepared_input * input = *board;
    job.input = input;
    if (job.n_tok > 1) {
        input->lay_out(job, ith, nth);
        wait();
    }
    if (input->stale()) {
        input->prepare(job, ith, nth);
        wait();
    }
}

/// Rows that a thread should take whole: splits at its multiples keep kernels busy and lines of y in one thread.
int64_t matmul_row_group(const weight & w);

/// Rows [first, last) of every token; `first` is a multiple of matmul_row_group. A non-finite result is taken from the
/// fallback, or is 0 where there is none or it is not finite either. Returns how many there were.
int64_t matmul_rows(const matmul_job & job, int64_t first, int64_t last);

} // namespace seeddelta
