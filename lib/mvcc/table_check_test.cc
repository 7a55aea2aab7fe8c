#include "mvcc/table_check.h"

#include <gtest/gtest.h>

#include <string>

#include "mvcc/findings.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::mvcc {
namespace {

std::string Named(std::string_view name) { return testing::ProtoWriter().Bytes(1, name).bytes(); }

std::string Alarm(uint64_t member, uint64_t kind) {
  return testing::ProtoWriter().Number(1, member).Number(2, kind).bytes();
}

// All that etcd 3.6 writes there.
testing::MemoryDatabase SoundDatabase() {
  testing::MemoryDatabase database;
  for (const char* name :
       {"consistent_index", "term", "confState", "scheduledCompactRev", "finishedCompactRev"}) {
    database.Put("meta", name, "");
  }
  database.Put("meta", "storageVersion", "3.6.0");
  database.Put("auth", "authEnabled", "\1");
  database.Put("auth", "authRevision", "");
  database.Put("cluster", "clusterVersion", "3.6.0-rc.1");
  database.Put("cluster", "downgrade", "");
  database.Put("authUsers", "ann", Named("ann"));
  database.Put("authRoles", "root", Named("root"));
  database.Put("alarm", Alarm(7, 1), "");
  database.Put("alarm", Alarm(7, 2), "");
  return database;
}

// A line "id what" for each.
std::string FindingsOf(const backend::Database& database) {
  FindingList findings;
  const std::string file = "db";
  CheckTables({.database = database, .file = file, .findings = findings});
  std::string text;
  for (const Finding& finding : findings.findings()) {
    text += std::string(finding.kind.id) + " " + finding.what + "\n";
  }
  return text;
}

TEST(TableCheck, WhatEtcdWritesIsSound) { EXPECT_EQ(FindingsOf(SoundDatabase()), ""); }

TEST(TableCheck, NamesThatEtcdDoesNotGive) {
  testing::MemoryDatabase database = SoundDatabase();
  database.Put("meta", "confStatf", "");
  database.Put("meta", "tern", "");
  database.Put("cluster", "authEnabled", "");  // a name of another bucket's
  EXPECT_EQ(FindingsOf(database),
            "mvcc.unknown_row bucket meta has 2 rows under a name that etcd does not give, first "
            "confStatf\n"
            "mvcc.unknown_row bucket cluster has 1 row under a name that etcd does not give, first "
            "authEnabled\n");
}

TEST(TableCheck, UsersAndRolesHoldTheirNames) {
  testing::MemoryDatabase database = SoundDatabase();
  database.Put("authUsers", "ben", Named("bfn"));
  database.Put("authRoles", "guest", "\xff");
  EXPECT_EQ(FindingsOf(database),
            "mvcc.bad_auth_row bucket authUsers has 1 row holding a user of another name, first "
            "ben\n"
            "mvcc.bad_auth_row bucket authRoles has 1 row holding bytes that are no Role, first "
            "guest\n");
}

TEST(TableCheck, VersionsAndFlagsHaveTheirForm) {
  testing::MemoryDatabase database;
  database.Put("meta", "storageVersion", "3.6");
  database.Put("cluster", "clusterVersion", "3.x.0");
  database.Put("auth", "authEnabled", "\2");
  EXPECT_EQ(FindingsOf(database),
            "mvcc.bad_meta bucket meta has 1 row that holds no version, first storageVersion\n"
            "mvcc.bad_meta bucket auth has 1 row that holds neither 0 nor 1, first authEnabled\n"
            "mvcc.bad_meta bucket cluster has 1 row that holds no version, first clusterVersion\n");
}

TEST(TableCheck, AlarmsAreOfAKnownKind) {
  testing::MemoryDatabase database = SoundDatabase();
  database.Put("alarm", Alarm(7, 66), "");
  database.Put("alarm", "\xff", "");
  EXPECT_EQ(FindingsOf(database),
            "mvcc.bad_alarm_row bucket alarm has 1 row naming an alarm that etcd does not know, "
            "first \\010\\007\\020B\n"
            "mvcc.bad_alarm_row bucket alarm has 1 row whose key is no AlarmMember, first \\377\n");
}

}  // namespace
}  // namespace etcdf::mvcc
