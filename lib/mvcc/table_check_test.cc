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
  for (const char* name : {"consistent_index", "term", "confState", "storageVersion",
                           "scheduledCompactRev", "finishedCompactRev"}) {
    database.Put("meta", name, "");
  }
  for (const char* name : {"authEnabled", "authRevision"}) database.Put("auth", name, "");
  for (const char* name : {"clusterVersion", "downgrade"}) database.Put("cluster", name, "");
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
            "mvcc.bad_auth_row bucket authUsers has 1 row holding no user of that name, first ben\n"
            "mvcc.bad_auth_row bucket authRoles has 1 row holding no role of that name, first "
            "guest\n");
}

TEST(TableCheck, AlarmsAreOfAKnownKind) {
  testing::MemoryDatabase database = SoundDatabase();
  database.Put("alarm", Alarm(7, 66), "");
  database.Put("alarm", "\xff", "");
  EXPECT_EQ(FindingsOf(database).substr(0, 53),
            "mvcc.bad_alarm_row bucket alarm has 2 rows naming no ");
}

}  // namespace
}  // namespace etcdf::mvcc
