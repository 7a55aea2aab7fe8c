// Holds `dump-db hashkv` against what `etcdutl hashkv` of 3.7.1 printed about the same databases.
#include "dump-db/command.h"
#include "testing/tool.h"

namespace etcdf::dump_db {
namespace {

std::vector<std::string> WithVerb(std::vector<std::string> recorded,
                                  std::string_view /*expected*/) {
  recorded.insert(recorded.begin(), "hashkv");
  return recorded;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterGoldenTests("HashKvGolden", ETCDF_TESTDATA,
                               {.upstream = "etcdutl hashkv", .tool = Run, .translate = WithVerb});
  return true;
}();

}  // namespace
}  // namespace etcdf::dump_db
