#include "mvcc/leases.h"

#include <gtest/gtest.h>

#include <string>

#include "base/escape.h"
#include "mvcc/findings.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::mvcc {
namespace {

using std::string_literals::operator""s;

class Recorder : public LeaseVisitor {
 public:
  bool BeginLease(uint64_t id, const StoredLease& stored) override {
    text += HexId(id) + (stored.row == LeaseRow::kStored
                             ? " ttl " + std::to_string(stored.lease.ttl_seconds) + ":"
                             : " none:");
    return true;
  }
  bool AttachedKey(Bytes key) override {
    text += ' ' + std::string(AsText(key));
    return true;
  }
  bool EndLease() override {
    text += '\n';
    return true;
  }
  std::string text;
};

// Keys k0 .. with these leases, at revisions 2 and on.
testing::MemoryDatabase DatabaseWith(std::initializer_list<uint64_t> leases_of_keys) {
  testing::MemoryDatabase database;
  char revision = 2;
  for (const uint64_t lease : leases_of_keys) {
    const std::string key = "k" + std::to_string(revision - 2);
    database.Put("key", "\0\0\0\0\0\0\0"s + revision++ + "_\0\0\0\0\0\0\0\0"s,
                 testing::ProtoWriter().Bytes(1, key).Number(6, lease).bytes());
  }
  return database;
}

TEST(LeasesTest, OrphansBothWays) {
  testing::MemoryDatabase database = DatabaseWith({7, 0, 5, 7});
  // k1's put with lease 9 is taken back by a later put without one.
  database.Put("key", "\0\0\0\0\0\0\0\1_\0\0\0\0\0\0\0\0"s,
               testing::ProtoWriter().Bytes(1, "k1").Number(6, 9).bytes());
  for (const char id : {'\4', '\7', '\x0a'}) {
    database.Put("lease", "\0\0\0\0\0\0\0"s + id,
                 testing::ProtoWriter().Number(1, static_cast<uint8_t>(id)).Number(2, 60).bytes());
  }
  FindingList findings;
  Recorder recorder;
  const std::string file = "db";
  VisitLeases({.database = database, .file = file, .findings = findings}, recorder);
  EXPECT_EQ(recorder.text, "4 ttl 60:\n5 none: k2\n7 ttl 60: k0 k3\na ttl 60:\n");
  ASSERT_EQ(findings.findings().size(), 2U);
  EXPECT_EQ(findings.findings()[0].kind.id, kLeaseMissing.id);
  EXPECT_EQ(findings.findings()[0].what,
            "lease 5 is not stored, and has keys: 1, the first of them \"k2\"");
  EXPECT_EQ(findings.findings()[1].kind.id, kLeaseWithoutKeys.id);
  EXPECT_EQ(findings.findings()[1].what, "leases without a key: 2, the first of them 4");
}

TEST(LeasesTest, BadRows) {
  testing::MemoryDatabase database = DatabaseWith({3});
  database.Put("lease", "short", "");
  database.Put("lease", "\0\0\0\0\0\0\0\3"s, "\xff");
  FindingList findings;
  Recorder recorder;
  const std::string file = "db";
  VisitLeases({.database = database, .file = file, .findings = findings}, recorder);
  EXPECT_EQ(recorder.text, "3 none: k0\n");
  ASSERT_EQ(findings.findings().size(), 2U);
  EXPECT_EQ(findings.findings()[0].kind.id, kBadLease.id);
  EXPECT_EQ(findings.findings()[1].kind.id, kBadLease.id);
}

}  // namespace
}  // namespace etcdf::mvcc
