#pragma once

#include <seeddelta/seeddelta.h>

#include <stdexcept>
#include <string>

namespace seeddelta {

/// What every function of the builder throws; the C interface turns it into a status and a message.
class failure : public std::runtime_error {
  public:
    failure(sd_status s, const std::string & message) : std::runtime_error(message), status(s) {}

    sd_status status;
};

[[noreturn]] inline void fail_usage(const std::string & message) {
    throw failure(SD_E_USAGE, message);
}

[[noreturn]] inline void fail_input(const std::string & message) {
    throw failure(SD_E_INPUT, message);
}

/// "path: what: errno text". `error` is errno at the time of the failure.
[[noreturn]] void fail_io(const std::string & path, const std::string & what, int error);

} // namespace seeddelta
