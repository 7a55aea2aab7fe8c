#include "mvcc/status.h"

#include <gtest/gtest.h>

#include <string>

#include "mvcc/findings.h"
#include "mvcc/schema.h"
#include "testing/memory_database.h"

namespace etcdf::mvcc {
namespace {

using std::string_literals::operator""s;

Status StatusOf(const testing::MemoryDatabase& database, FindingSink& findings) {
  const std::string file = "db";
  return ReadStatus({.database = database, .file = file, .findings = findings});
}

TEST(StatusTest, ReadsWhatIsThere) {
  testing::MemoryDatabase database;
  database.Put("key", "\0\0\0\0\0\0\1\2_\0\0\0\0\0\0\0\3"s, "");
  database.Put("meta", "consistent_index", "\0\0\0\0\0\0\1\xcb"s);
  database.Put("meta", "term", "\0\0\0\0\0\0\0\4"s);
  database.Put("meta", "scheduledCompactRev", "\0\0\0\0\0\0\1\x17_\0\0\0\0\0\0\0\0"s);
  database.Put("meta", "finishedCompactRev", "\0\0\0\0\0\0\0\x17_\0\0\0\0\0\0\0\0"s);
  database.Put("cluster", "clusterVersion", "3.5.0");
  database.Put("auth", "authEnabled", "\1"s);
  database.Put("auth", "authRevision", "\0\0\0\0\0\0\0\x0a"s);
  database.Put("lease", "12345678", "");
  FindingList findings;
  const Status status = StatusOf(database, findings);
  EXPECT_TRUE(findings.findings().empty());
  EXPECT_EQ(status.revision, 0x102);
  EXPECT_EQ(status.consistent_index, 0x1cbU);
  EXPECT_EQ(status.term, 4U);
  EXPECT_EQ(status.scheduled_compact_revision, 0x117);
  EXPECT_EQ(status.finished_compact_revision, 0x17);
  EXPECT_EQ(status.auth_enabled, true);
  EXPECT_EQ(status.auth_revision, 10U);
  EXPECT_EQ(status.leases, 1U);
  EXPECT_EQ(status.alarms, 0U);
  EXPECT_EQ(status.SchemaVersion(), "3.5");
  EXPECT_EQ(AsText(*status.cluster_version), "3.5.0");
  // The compaction that was cut short is finished by etcd when it starts.
  EXPECT_EQ(status.CompactRevision(), 0x117);
  EXPECT_EQ(status.CurrentRevision(), 0x117);
}

TEST(StatusTest, AnEmptyDatabaseCountsFromOne) {
  FindingList findings;
  const Status status = StatusOf(testing::MemoryDatabase(), findings);
  EXPECT_EQ(status.revision, 0);
  EXPECT_EQ(status.CurrentRevision(), 1);
  EXPECT_EQ(status.CompactRevision(), -1);
  EXPECT_EQ(status.SchemaVersion(), "");
  EXPECT_TRUE(findings.findings().empty());
}

TEST(StatusTest, ABrokenMetaRowIsAFinding) {
  testing::MemoryDatabase database;
  database.Put("meta", "consistent_index", "1234567");
  database.Put("meta", "finishedCompactRev", "no revision");
  FindingList findings;
  const Status status = StatusOf(database, findings);
  EXPECT_FALSE(status.consistent_index);
  EXPECT_FALSE(status.finished_compact_revision);
  EXPECT_TRUE(status.Knows(kMetaBucket));
  ASSERT_EQ(findings.findings().size(), 2U);
  EXPECT_EQ(findings.findings()[0].kind.id, kBadMeta.id);
  EXPECT_EQ(findings.findings()[1].what,
            "row consistent_index of bucket meta holds 7 bytes that are not 8 bytes");
}

}  // namespace
}  // namespace etcdf::mvcc
