// Holds dump-logs against what etcd-dump-logs 3.6.9 printed about the same data dirs.
#include <string_view>

#include "dump-logs/command.h"
#include "testing/tool.h"

namespace etcdf::dump_logs {
namespace {

// Upstream prints passwords and tokens where we do only when asked.
bool ShowsSecret(std::string_view text) {
  for (const std::string_view label : {"password:\"", "Password:\"", "simple_token:\""}) {
    for (size_t at = text.find(label); at != text.npos; at = text.find(label, at + 1)) {
      if (text[at + label.size()] != '<') return true;
    }
  }
  return false;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterGoldenTests(
      "DumpLogsGolden", ETCDF_TESTDATA,
      {.upstream = "etcd-dump-logs",
       .tool = Run,
       .translate = [](std::vector<std::string> arguments, std::string_view expected) {
         if (ShowsSecret(expected)) arguments.insert(arguments.begin(), "--show-secrets");
         return arguments;
       }});
  return true;
}();

}  // namespace
}  // namespace etcdf::dump_logs
