#include "replay/load.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mvcc/schema.h"
#include "testing/memory_database.h"
#include "wire/writer.h"

namespace etcdf::replay {
namespace {

std::string RevokeOf(uint64_t lease) {
  wire::Writer request;
  request.Number(1, lease);
  wire::Writer message;
  message.Element(9, request.Take());  // InternalRaftRequest.lease_revoke
  return message.Take();
}

// Key `a` was put with lease 5 at revision 2, and went with it at revision 3.
class LoadTest : public ::testing::Test {
 protected:
  LoadTest() {
    const apply::StoredRow put{.revision = {.main = 2},
                               .key = AsBytes("a"),
                               .value = AsBytes("1"),
                               .create_revision = 2,
                               .version = 1,
                               .lease = 5};
    const apply::StoredRow tombstone{
        .revision = {.main = 3}, .key = AsBytes("a"), .tombstone = true};
    for (const apply::StoredRow& row : {put, tombstone}) {
      database_.Put(mvcc::kKeyBucket, apply::EncodeRowKey(row), apply::EncodeRowValue(row));
    }
  }

  mvcc::Store Database() { return {database_, file_, findings_}; }

  const std::string file_ = "db";
  testing::MemoryDatabase database_;
  FindingList findings_;
  apply::MemberStore store_{apply::RulesOf({3, 6, 9})};
};

TEST_F(LoadTest, AsOfTheEndTheLeaseIsGone) {
  ASSERT_TRUE(Load(Database(), std::nullopt, store_));
  const std::string revoke = RevokeOf(5);
  EXPECT_EQ(store_.Apply({.index = 1, .data = AsBytes(revoke)}).refusal,
            apply::Refusal::kLeaseNotFound);
}

// A lease that was revoked since is not in the database any more, but its key tells of it.
TEST_F(LoadTest, AsOfEarlierTheLeaseOfAKeyIsThere) {
  ASSERT_TRUE(Load(Database(), 2, store_));
  const std::string revoke = RevokeOf(5);
  const apply::Outcome outcome = store_.Apply({.index = 1, .data = AsBytes(revoke)});
  ASSERT_EQ(outcome.rows.size(), 1u);
  EXPECT_EQ(outcome.rows[0].revision, (mvcc::Revision{.main = 3}));
  EXPECT_TRUE(outcome.rows[0].tombstone);
}

// The database of the end has lease 7 and, since authentication was switched off, no need of users.
// The entries behind revision 2 tell that neither was so then.
TEST_F(LoadTest, BeforeEntriesWhatTheyTellIsSetBack) {
  wire::Writer grant;
  grant.Number(1, 60);  // LeaseGrantRequest.TTL
  grant.Number(2, 7);   // .ID
  wire::Writer granting;
  granting.Element(8, grant.Take());  // InternalRaftRequest.lease_grant
  wire::Writer disabling;
  disabling.Element(1011, "");  // InternalRaftRequest.auth_disable
  const std::string first = granting.Take();
  const std::string second = disabling.Take();
  const std::vector<wire::Entry> later = {{.index = 1, .data = AsBytes(first)},
                                          {.index = 2, .data = AsBytes(second)}};
  std::string lease;
  wire::AppendBe64(lease, 7);
  database_.Put(mvcc::kLeaseBucket, lease, "\x08\x07\x10\x3c");
  database_.Put(mvcc::kAuthBucket, mvcc::kAuthEnabledName, std::string(1, '\0'));
  database_.Put(mvcc::kAuthBucket, mvcc::kAuthRevisionName, std::string("\0\0\0\0\0\0\0\5", 8));
  ASSERT_TRUE(LoadBefore(Database(), 2, later, store_));
  EXPECT_TRUE(store_.auth().enabled());
  EXPECT_EQ(store_.auth().revision(), 4u);
  EXPECT_EQ(store_.tables().rows(apply::Table::kLease).count(lease), 0u);
  EXPECT_EQ(store_.keys().current_revision(), 2);
}

TEST_F(LoadTest, GoesOnAroundARowThatCannotBeRead) {
  database_.Put(mvcc::kKeyBucket, "no revision", "");
  ASSERT_TRUE(Load(Database(), std::nullopt, store_));
  EXPECT_EQ(store_.keys().current_revision(), 3);
  EXPECT_EQ(findings_.findings().size(), 1u);
}

TEST_F(LoadTest, AlarmsShutTheirGates) {
  database_.Put(mvcc::kAlarmBucket, "\x08\x01\x10\x01", "");  // member 1, NOSPACE
  ASSERT_TRUE(Load(Database(), std::nullopt, store_));
  wire::Writer request;
  request.Text(1, "key");
  wire::Writer message;
  message.Element(4, request.Take());  // InternalRaftRequest.put
  const std::string put = message.Take();
  EXPECT_EQ(store_.Apply({.index = 1, .data = AsBytes(put)}).refusal, apply::Refusal::kNoSpace);
}

}  // namespace
}  // namespace etcdf::replay
