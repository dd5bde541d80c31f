#pragma once

// The command line of the fork's tools. Compiled into llama-common.

#include <vector>

struct common_arg;

namespace seeddelta {

/// Options for tools that parse with common/arg.
std::vector<common_arg> args();

/// For llama-bench, which has a parser of its own: true when argv[i] was ours; i then stands on its last word.
/// Throws std::invalid_argument for a value that is missing or no number.
bool parse_arg(int argc, char ** argv, int & i);

} // namespace seeddelta
