#pragma once

#include <cstdint>
#include <string>

namespace seeddelta {

/// See sd_log_install.
void install_log(void * set_log, bool verbose);
/// The kept lines, oldest first, each ended by a newline; forgets them. *n is their number.
std::string take_log(int32_t * n);

} // namespace seeddelta
