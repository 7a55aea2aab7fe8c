#include "replay/revision_back.h"

#include <gtest/gtest.h>

#include <string>

#include "mvcc/status.h"
#include "testing/fixture_member.h"

namespace etcdf::replay {
namespace {

std::optional<int64_t> RevisionOf(const char* fixture, uint64_t index) {
  testing::FixtureMember member(std::string(ETCDF_TESTDATA) + "/fixtures/" + fixture);
  const mvcc::Status status = mvcc::ReadStatus(
      {.database = member.engine(), .file = member.path(), .findings = member.findings()});
  const auto keys = member.engine().Open(AsBytes(std::string_view("key")));
  return RevisionAsOf(member.log(), *keys,
                      {.applied = *status.consistent_index, .revision = status.CurrentRevision()},
                      index);
}

// What `dump-logs --with-revisions` says of these entries.
TEST(RevisionBack, OfARealMember) {
  EXPECT_EQ(RevisionOf("incident-13766/m2", 890), 842);
  EXPECT_EQ(RevisionOf("incident-13766/m2", 233), 217);
  EXPECT_EQ(RevisionOf("incident-13766/m2", 232), 216);
}

TEST(RevisionBack, NothingAfterTheLastEntry) {
  EXPECT_EQ(RevisionOf("incident-13766/m2", 891), std::nullopt);
}

}  // namespace
}  // namespace etcdf::replay
