// Writes evidence from statements on stdin, for tests that run the tools as programs:
//
//     build-evidence wal DIR     a data directory's log and .snap files (testing/wal_builder.h)
//     build-evidence db FILE     a bbolt file (testing/bolt_builder.h)
//
// Prints where each record, or what on each page, has come to lie.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "testing/bolt_builder.h"
#include "testing/wal_builder.h"

namespace etcdf::testing {
namespace {

Result<std::string> WriteLog(const std::string& directory, std::string_view statements) {
  const auto evidence = BuildEvidence(statements);
  if (!evidence) return Fail(evidence.error());
  if (const auto written = WriteEvidence(*evidence, directory); !written) {
    return Fail(written.error());
  }
  return DescribeLayout(*evidence);
}

Result<std::string> WriteBolt(const std::string& path, std::string_view statements) {
  const auto database = BuildDatabase(statements);
  if (!database) return Fail(database.error());
  if (const auto written = WriteDatabase(*database, path); !written) return Fail(written.error());
  return DescribePages(*database);
}

}  // namespace
}  // namespace etcdf::testing

int main(int argc, char** argv) {
  const std::string_view kind = argc == 3 ? argv[1] : "";
  if (kind != "wal" && kind != "db") {
    std::fputs("usage: build-evidence wal DIR | db FILE\n", stderr);
    return 2;
  }
  const std::string statements(std::istreambuf_iterator<char>(std::cin), {});
  const auto layout = kind == "wal" ? etcdf::testing::WriteLog(argv[2], statements)
                                    : etcdf::testing::WriteBolt(argv[2], statements);
  if (!layout) {
    std::fprintf(stderr, "build-evidence: %s\n", layout.error().Message().c_str());
    return 2;
  }
  std::fputs(layout->c_str(), stdout);
  return 0;
}
