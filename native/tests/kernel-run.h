#pragma once

// Runs kernels the way the op does: a team of threads that prepares, meets, and shares the rows.

#include "../op/matmul.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

inline std::vector<const seeddelta::kernel_set *> runnable_sets() {
    int n = 0;
    auto sets = seeddelta::all_kernel_sets(&n);
    std::vector<const seeddelta::kernel_set *> out;
    for (int i = 0; i < n; ++i) {
        if (sets[i]->supported()) {
            out.push_back(sets[i]);
        }
    }
    return out;
}

/// Meets as often as it is asked to.
class barrier {
  public:
    explicit barrier(int n) : n_(n) {}
    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        const int64_t round = round_;
        if (++waiting_ == n_) {
            waiting_ = 0;
            ++round_;
            all_here_.notify_all();
        } else {
            all_here_.wait(lock, [&] { return round_ != round; });
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable all_here_;
    int n_;
    int waiting_ = 0;
    int64_t round_ = 0;
};

inline std::vector<float> run_kernels(const seeddelta::weight & w, const seeddelta::kernel_set & set, const float * x,
                                      int64_t n_tok, int n_threads, seeddelta::prepared_input & memory) {
    std::vector<float> y(size_t(n_tok * w.n_out()), -1.0f);
    std::atomic<int64_t> n_bad{ 0 };
    seeddelta::prepared_input * board = nullptr;
    barrier meet(n_threads);
    const int64_t group = seeddelta::matmul_row_group(w);
    const int64_t n_groups = (w.n_out() + group - 1) / group;

    std::vector<std::thread> threads;
    for (int i = 0; i < n_threads; ++i) {
        threads.emplace_back([&, i] {
            seeddelta::matmul_job job;
            job.w = &w;
            job.kernels = &set;
            job.x = x;
            job.x_stride = w.n_in();
            job.n_tok = n_tok;
            job.y = y.data();
            job.y_stride = w.n_out();
            seeddelta::prepared_input unused;
            seeddelta::matmul_prepare(job, i == 0 ? memory : unused, &board, i, n_threads, [&] { meet.wait(); });
            n_bad += seeddelta::matmul_rows(job, n_groups * i / n_threads * group,
                                            std::min(n_groups * (i + 1) / n_threads * group, w.n_out()));
        });
    }
    for (auto & t : threads) {
        t.join();
    }
    EXPECT_EQ(0, n_bad);
    return y;
}

inline std::vector<float> run_kernels(const seeddelta::weight & w, const seeddelta::kernel_set & set, const float * x,
                                      int64_t n_tok, int n_threads) {
    seeddelta::prepared_input memory;
    return run_kernels(w, set, x, n_tok, n_threads, memory);
}
