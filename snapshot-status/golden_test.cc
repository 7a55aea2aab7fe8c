// Holds snapshot-status against what `etcdutl snapshot status` of 3.6.9 printed about the same
// files.
#include "snapshot-status/command.h"
#include "testing/tool.h"

namespace etcdf::snapshot_status {
namespace {

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterGoldenTests("SnapshotStatusGolden", ETCDF_TESTDATA,
                               {.upstream = "etcdutl snapshot status", .tool = Run});
  return true;
}();

}  // namespace
}  // namespace etcdf::snapshot_status
