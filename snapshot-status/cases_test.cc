// Runs testdata/snapshot-status/*.test: the tool's whole output.
//
//     snapshot-status ARGUMENTS...        runs the tool in process
//     while-held FILE ARGUMENTS...  runs it while FILE is locked as a running etcd locks it
#include <string>

#include "snapshot-status/command.h"
#include "testing/datadriven.h"
#include "testing/tool.h"

namespace etcdf::snapshot_status {
namespace {

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver =
      testing::DriverFor("snapshot-status", Run, ETCDF_TESTDATA);
  return driver;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterDataDrivenTests("SnapshotStatusCases", ETCDF_TESTDATA "/snapshot-status",
                                   Driver());
  return true;
}();

}  // namespace
}  // namespace etcdf::snapshot_status
