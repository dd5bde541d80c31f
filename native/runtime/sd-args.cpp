#include "sd-args.h"

#include "arg.h"
#include "log.h"
#include "seeddelta/runtime.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace seeddelta {

namespace {

template <typename Change> void change_options(Change change) {
    sd_runtime_options options;
    sd_runtime_get_options(&options);
    change(options);
    sd_runtime_set_options(&options);
}

void set_payloads(bool on) {
    change_options([on](sd_runtime_options & o) { o.payloads = on; });
}

void set_fallback() {
    change_options([](sd_runtime_options & o) { o.fallback = 1; });
}

void set_gap(const std::string & text) {
    size_t end = 0;
    float  gap = NAN;
    try {
        gap = std::stof(text, &end);
    } catch (const std::exception &) {
    }
    if (end != text.size() || !(gap >= 0)) {
        throw std::invalid_argument("--seeddelta-gap wants a number of 0 or more, not '" + text + "'");
    }
    change_options([gap](sd_runtime_options & o) { o.gap = gap; });
}

/// The log is written by a thread that upstream lets die with the process, and its last lines with it: the result of a
/// run, and why a file was refused.
void finish_log_at_exit() {
    static const int registered = std::atexit([] { common_log_pause(common_log_main()); });
    (void) registered;
}

} // namespace

std::vector<common_arg> args() {
    finish_log_at_exit();
    return {
        common_arg({ "--seeddelta" }, { "--no-seeddelta" },
                   "run weights from their SeedDelta payloads, or from the dense twins that the file kept (default: payloads)",
                   [](common_params &, bool on) { set_payloads(on); }),
        common_arg({ "--seeddelta-gap" }, "G",
                   "use the dense twin of a weight whose stored weighted error exceeds G (default: never)",
                   [](common_params &, const std::string & text) { set_gap(text); }),
        common_arg({ "--seeddelta-fallback" },
                   "compute a non-finite result again from the dense twin, where the file kept one",
                   [](common_params &) { set_fallback(); }),
    };
}

bool parse_arg(int argc, char ** argv, int & i) {
    if (std::strcmp(argv[i], "--seeddelta") == 0) {
        set_payloads(true);
    } else if (std::strcmp(argv[i], "--no-seeddelta") == 0) {
        set_payloads(false);
    } else if (std::strcmp(argv[i], "--seeddelta-fallback") == 0) {
        set_fallback();
    } else if (std::strcmp(argv[i], "--seeddelta-gap") == 0) {
        set_gap(i + 1 < argc ? argv[++i] : "");
    } else {
        return false;
    }
    return true;
}

} // namespace seeddelta
