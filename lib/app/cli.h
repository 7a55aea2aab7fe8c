// What the command lines of all tools have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace etcdf::app {

inline constexpr std::string_view kVersion = "0.1.0";

// etcd's tools take long options with one dash (`-start-index 5`), and scripts use them so. Gives
// every argument that spells one of `long_options` (without dashes) with one dash a second one;
// leaves all others alone, and everything after `--`.
std::vector<std::string> AcceptSingleDash(std::vector<std::string> args,
                                          const std::vector<std::string>& long_options);

}  // namespace etcdf::app
