// Evidence for tests that are not C++, from statements on standard input.
//
//     build_evidence wal DIR      a member's log and .snap files (testing/wal_builder.h)
//     build_evidence db FILE      a bbolt database (testing/bolt_builder.h)
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string>

#include "testing/bolt_builder.h"
#include "testing/wal_builder.h"

namespace {

using namespace etcdf;

Result<void> Build(const std::string& kind, const std::string& statements,
                   const std::string& path) {
  if (kind == "wal") {
    const auto evidence = testing::BuildEvidence(statements);
    if (!evidence) return Fail(evidence.error());
    return testing::WriteEvidence(*evidence, path);
  }
  const auto database = testing::BuildDatabase(statements);
  if (!database) return Fail(database.error());
  return testing::WriteDatabase(*database, path);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string statements{std::istreambuf_iterator<char>(std::cin), {}};
  const auto built = Build(argv[1], statements, argv[2]);
  if (!built) std::fprintf(stderr, "%s\n", built.error().Message().c_str());
  return built ? 0 : 1;
}
