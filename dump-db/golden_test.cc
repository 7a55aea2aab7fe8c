// Holds dump-db against what etcd-dump-db 3.6.9 printed about the same databases.
#include "dump-db/command.h"
#include "testing/tool.h"

namespace etcdf::dump_db {
namespace {

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterGoldenTests("DumpDbGolden", ETCDF_TESTDATA,
                               {.upstream = "etcd-dump-db", .tool = Run});
  return true;
}();

}  // namespace
}  // namespace etcdf::dump_db
