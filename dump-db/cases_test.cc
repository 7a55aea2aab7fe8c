// Runs testdata/dump-db/*.test: the tool's whole output.
//
//     dump-db ARGUMENTS...        runs the tool in process
//     while-held FILE ARGUMENTS...  runs it while FILE is locked as a running etcd locks it
#include <string>

#include "dump-db/command.h"
#include "testing/datadriven.h"
#include "testing/tool.h"

namespace etcdf::dump_db {
namespace {

const testing::DataDriven& Driver() {
  static const testing::DataDriven driver = testing::DriverFor("dump-db", Run, ETCDF_TESTDATA);
  return driver;
}

[[maybe_unused]] const bool kRegistered = [] {
  testing::RegisterDataDrivenTests("DumpDbCases", ETCDF_TESTDATA "/dump-db", Driver());
  return true;
}();

}  // namespace
}  // namespace etcdf::dump_db
