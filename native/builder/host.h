#pragma once

#include <string>
#include <vector>

namespace seeddelta {

/// Instruction sets that ggml beside this library was compiled for, by the compiler's own names ("avx2", "fma").
/// host-required.cpp is compiled with ggml's flags and holds nothing but these names, so reading them is safe anywhere.
extern const char * const host_required_features[];
extern const int          n_host_required_features;

bool                     cpu_has(const std::string & feature);
std::vector<std::string> cpu_features(); // those of the list that matter here and that this CPU and system have
std::string              cpu_brand();

std::string build_info_json();
std::string cpu_info_json();       // SD_E_USAGE when SEEDDELTA_ISA is unusable
void        check_host();          // SD_E_USAGE when host_required_features are not all there

} // namespace seeddelta
