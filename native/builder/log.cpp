#include "log.h"

#include <ggml.h>

#include <atomic>
#include <cstdio>
#include <deque>
#include <mutex>

namespace seeddelta {

namespace {

constexpr size_t max_lines = 64;
constexpr size_t max_line = 500;

struct kept_log {
    std::mutex              lock;
    std::deque<std::string> lines;
    std::string             open;          // a line that has not ended yet
    bool                    keep = false; // the open line is a warning or an error
    std::atomic<bool>       verbose{ false };
};

/// Never destroyed: ggml may log while the process ends.
kept_log & state() {
    static kept_log * const log = new kept_log;
    return *log;
}

void end_line(kept_log & log) {
    if (log.keep && !log.open.empty()) {
        log.lines.push_back(log.open.substr(0, max_line));
        if (log.lines.size() > max_lines) {
            log.lines.pop_front();
        }
    }
    log.open.clear();
}

void receive(ggml_log_level level, const char * text, void *) {
    kept_log & log = state();
    if (log.verbose.load()) {
        std::fputs(text, stderr);
    }
    try {
        const std::lock_guard<std::mutex> hold(log.lock);
        if (level != GGML_LOG_LEVEL_CONT) {
            end_line(log);
            log.keep = level == GGML_LOG_LEVEL_WARN || level == GGML_LOG_LEVEL_ERROR;
        }
        for (const char * c = text; *c != '\0'; ++c) {
            *c == '\n' ? end_line(log) : (void) (log.open += *c);
        }
    } catch (...) {
        // a message lost for want of memory must not unwind through C
    }
}

} // namespace

void install_log(void * set_log, bool verbose) {
    state().verbose.store(verbose);
    ggml_log_set(receive, nullptr);
    if (set_log != nullptr) {
        using setter = void (*)(ggml_log_callback, void *);
        reinterpret_cast<setter>(set_log)(receive, nullptr);
    }
}

std::string take_log(int32_t * n) {
    kept_log &                        log = state();
    const std::lock_guard<std::mutex> hold(log.lock);
    end_line(log);
    std::string text;
    *n = int32_t(log.lines.size());
    for (const auto & line : log.lines) {
        text += line + "\n";
    }
    log.lines.clear();
    return text;
}

} // namespace seeddelta
