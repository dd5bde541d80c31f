#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace seeddelta {

constexpr int max_threads = 256;

/// 0 and below mean one thread per CPU.
inline int effective_threads(int n_threads) {
    if (n_threads <= 0) {
        n_threads = int(std::thread::hardware_concurrency());
    }
    return std::clamp(n_threads, 1, max_threads);
}

/// Runs body(item) once for every item in [0, n_items). Which thread runs which item is not fixed, so an item must
/// write only what belongs to it; then the result is independent of the number of threads.
/// Errors: rethrows the first exception after all threads have stopped; items not yet begun are then dropped.
template <typename F> void parallel_for(int64_t n_items, int n_threads, F && body) {
    std::atomic<int64_t> next{ 0 };
    std::exception_ptr   first;
    std::mutex           first_lock;

    auto work = [&]() {
        for (;;) {
            const int64_t item = next.fetch_add(1);
            if (item >= n_items) {
                return;
            }
            try {
                body(item);
            } catch (...) {
                const std::lock_guard<std::mutex> hold(first_lock);
                if (!first) {
                    first = std::current_exception();
                }
                next.store(n_items);
                return;
            }
        }
    };

    const int64_t            wanted = std::min<int64_t>(effective_threads(n_threads), n_items);
    std::vector<std::thread> helpers;
    try {
        for (int64_t i = 1; i < wanted; ++i) {
            helpers.emplace_back(work);
        }
    } catch (const std::exception &) {
        // the system has no more threads: those that started, and this one, do the work
    }
    work();
    for (auto & t : helpers) {
        t.join();
    }
    if (first) {
        std::rethrow_exception(first);
    }
}

/// Rows that one work item handles; fixed, so that partial sums per item do not depend on the machine.
constexpr int64_t rows_per_item = 32;

/// parallel_for over [first, last) ranges of rows; body(item, first, last).
template <typename F> void parallel_rows(int64_t n_rows, int n_threads, F && body) {
    const int64_t n_items = (n_rows + rows_per_item - 1) / rows_per_item;
    parallel_for(n_items, n_threads, [&](int64_t item) {
        const int64_t first = item * rows_per_item;
        body(item, first, std::min(n_rows, first + rows_per_item));
    });
}

} // namespace seeddelta
