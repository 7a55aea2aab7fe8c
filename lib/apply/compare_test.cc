#include "apply/compare.h"

#include <gtest/gtest.h>

#include <string>

#include "mvcc/schema.h"
#include "testing/memory_database.h"
#include "wire/writer.h"

namespace etcdf::apply {
namespace {

StoredRow PutRow(int64_t revision, std::string_view key, std::string_view value) {
  return {.revision = {.main = revision},
          .key = AsBytes(key),
          .value = AsBytes(value),
          .create_revision = revision,
          .version = 1};
}

// A store with the rows 2 a=1 and 3 b=2, and a database of the same.
class CompareTest : public ::testing::Test {
 protected:
  CompareTest() {
    for (const StoredRow& row : {PutRow(2, "a", "1"), PutRow(3, "b", "2")}) {
      store_.Force({&row, 1});
      Write(row);
    }
    database_.Put(mvcc::kAuthBucket, mvcc::kAuthRevisionName, std::string("\0\0\0\0\0\0\0\1", 8));
  }

  void Write(const StoredRow& row) {
    database_.Put(mvcc::kKeyBucket, EncodeRowKey(row), EncodeRowValue(row));
  }

  Comparison Keys() { return CompareKeys(store_, {database_, file_, findings_}); }
  Comparison Tables() { return CompareTables(store_, {database_, file_, findings_}); }

  void ExpectOne(const Comparison& comparison, Difference::Kind kind, std::string_view key) {
    EXPECT_EQ(comparison.rows_different, 1u);
    ASSERT_EQ(comparison.first.size(), 1u);
    EXPECT_EQ(comparison.first[0].kind, kind);
    EXPECT_EQ(comparison.first[0].key, key);
  }

  const std::string file_ = "db";
  testing::MemoryDatabase database_;
  FindingList findings_;
  MemberStore store_{RulesOf({3, 6, 9})};
};

TEST_F(CompareTest, SameRowsAreEqual) {
  EXPECT_TRUE(Keys().equal());
  EXPECT_EQ(Keys().rows_equal, 2u);
  EXPECT_TRUE(Tables().equal());
}

TEST_F(CompareTest, NamesARowThatIsMissing) {
  const std::string key = EncodeRowKey(PutRow(2, "a", "1"));
  database_.Erase(mvcc::kKeyBucket, key);
  ExpectOne(Keys(), Difference::Kind::kOnlyInStore, key);
}

TEST_F(CompareTest, NamesARowTooMany) {
  const StoredRow extra = PutRow(9, "z", "9");
  Write(extra);
  ExpectOne(Keys(), Difference::Kind::kOnlyInDatabase, EncodeRowKey(extra));
}

TEST_F(CompareTest, NamesARowOfOtherContent) {
  StoredRow other = PutRow(3, "b", "2");
  other.version = 2;
  Write(other);
  ExpectOne(Keys(), Difference::Kind::kOtherValue, EncodeRowKey(other));
}

// scheduledCompactRev is stored before the rows are removed, finishedCompactRev after.
TEST_F(CompareTest, ForgivesWhatAnUnfinishedCompactionHasNotYetRemoved) {
  const StoredRow row = PutRow(1, "old", "row");
  Write(row);
  EXPECT_FALSE(Keys().equal());
  const StoredRow at_2 = {.revision = {.main = 2}};
  database_.Put(mvcc::kMetaBucket, mvcc::kScheduledCompactName, EncodeRowKey(at_2));
  wire::Writer request;
  request.Number(1, 2);
  wire::Writer message;
  message.Element(7, request.Take());  // InternalRaftRequest.compaction
  const std::string compaction = message.Take();
  EXPECT_TRUE(store_.Apply({.index = 1, .data = AsBytes(compaction)}).compacted);
  EXPECT_TRUE(Keys().equal());
  database_.Put(mvcc::kMetaBucket, mvcc::kFinishedCompactName, EncodeRowKey(at_2));
  ExpectOne(Keys(), Difference::Kind::kOnlyInDatabase, EncodeRowKey(row));
}

TEST_F(CompareTest, LooksIntoEveryTable) {
  for (const std::string_view bucket :
       {mvcc::kLeaseBucket, mvcc::kAlarmBucket, mvcc::kAuthBucket, mvcc::kAuthUsersBucket,
        mvcc::kAuthRolesBucket, mvcc::kMembersBucket, mvcc::kMembersRemovedBucket,
        mvcc::kClusterBucket}) {
    database_.Put(bucket, "extra", "row");
    const Comparison comparison = Tables();
    ExpectOne(comparison, Difference::Kind::kOnlyInDatabase, "extra");
    EXPECT_EQ(comparison.first[0].bucket, bucket);
    database_.Erase(bucket, "extra");
  }
}

// What is in the log is compared: of a password that each member hashed for itself, nothing is.
TEST_F(CompareTest, ComparesAUserOfOldWithoutThePassword) {
  MemberStore old(RulesOf({3, 4, 23}));
  wire::Writer user;
  user.Text(1, "ann");
  user.Text(2, "secret");
  wire::Writer message;
  message.Element(1100, user.Take());  // InternalRaftRequest.auth_user_add
  const std::string add = message.Take();
  old.Apply({.index = 1, .data = AsBytes(add)});
  database_.Put(mvcc::kAuthBucket, mvcc::kAuthRevisionName, std::string("\0\0\0\0\0\0\0\2", 8));
  database_.Put(mvcc::kAuthUsersBucket, "ann", std::string("\n\3ann\22\4hash\"\0", 13));
  EXPECT_TRUE(CompareTables(old, {database_, file_, findings_}).equal());
  database_.Put(mvcc::kAuthUsersBucket, "ann", std::string("\n\3bob\22\4hash\"\0", 13));
  EXPECT_FALSE(CompareTables(old, {database_, file_, findings_}).equal());
}

TEST_F(CompareTest, ComparesAnAssumedLeaseWithoutItsTtl) {
  store_.AssumeLease(5);
  store_.AssumeLease(0);
  database_.Put(mvcc::kLeaseBucket, std::string("\0\0\0\0\0\0\0\5", 8), "\x08\5\x10\x3c");
  EXPECT_TRUE(Tables().equal());
}

}  // namespace
}  // namespace etcdf::apply
