#include "app/cli.h"

#include <algorithm>

namespace etcdf::app {

std::vector<std::string> AcceptSingleDash(std::vector<std::string> args,
                                          const std::vector<std::string>& long_options) {
  for (std::string& arg : args) {
    if (arg == "--") break;
    if (arg.size() < 3 || arg[0] != '-' || arg[1] == '-') continue;
    const std::string_view name = std::string_view(arg).substr(1, arg.find('=') - 1);
    if (std::ranges::find(long_options, name) != long_options.end()) arg.insert(0, "-");
  }
  return args;
}

}  // namespace etcdf::app
