#include "replay/roll_forward.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "apply/stored_row.h"
#include "base/escape.h"
#include "mvcc/hash.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "replay/load.h"
#include "replay/replay.h"
#include "testing/built_log.h"
#include "testing/fixture_member.h"
#include "testing/memory_database.h"
#include "wire/writer.h"

namespace etcdf::replay {
namespace {

class Evidence : public testing::FixtureMember {
 public:
  explicit Evidence(const std::string& fixture)
      : FixtureMember(std::string(ETCDF_TESTDATA) + "/fixtures/" + fixture) {}

  mvcc::Store database() { return {engine(), path(), findings()}; }
  uint64_t consistent_index() { return *mvcc::ReadStatus(database()).consistent_index; }
};

// A line for each row of the bucket.
std::string RowsOf(const backend::Database& database, std::string_view name) {
  std::string text;
  FindingList findings;
  const auto bucket = database.Open(AsBytes(name));
  const auto cursor = bucket->NewCursor(findings);
  for (bool more = cursor->First(); more; more = cursor->Next()) {
    AppendGoQuoted(text, cursor->row().key);
    AppendGoQuoted(text, cursor->row().value);
    text += '\n';
  }
  return text;
}

void ExpectSame(const backend::Database& made, const backend::Database& stored) {
  ASSERT_EQ(made.bucket_names().size(), stored.bucket_names().size());
  for (const Bytes name : stored.bucket_names()) {
    EXPECT_EQ(RowsOf(made, AsText(name)), RowsOf(stored, AsText(name))) << AsText(name);
  }
}

class StoreAsDatabase : public ::testing::TestWithParam<const char*> {};

// What was loaded comes out again, in every bucket and byte for byte.
TEST_P(StoreAsDatabase, IsTheDatabaseItWasLoadedFrom) {
  Evidence evidence(GetParam());
  apply::MemberStore store(apply::LikelyRules(mvcc::ReadStatus(evidence.database())));
  ASSERT_TRUE(Load(evidence.database(), std::nullopt, store));
  const mvcc::Store database = evidence.database();
  const StoreDatabase::Origin origin{.database = database,
                                     .revision = store.keys().current_revision()};
  ExpectSame(StoreDatabase(store, &origin), evidence.engine());
}

INSTANTIATE_TEST_SUITE_P(Fixtures, StoreAsDatabase,
                         ::testing::Values("single-3.4/data", "single-3.5/data", "single-3.6/data",
                                           "raft-conflict/m1", "incident-13766/m1", "v2-era/data"),
                         [](const auto& test) { return "at" + std::to_string(test.index); });

// Nothing of the database is at hand: all is made of the log.
TEST(StoreAsDatabase, OfTheLogAloneIsWhatTheMemberStored) {
  Evidence evidence("raft-conflict/m1");
  apply::MemberStore store(apply::RulesOf({3, 5, 30}));
  Replay(evidence.log(), {.after = 0, .until = evidence.consistent_index()}, store);
  const StoreDatabase made(store);
  ExpectSame(made, evidence.engine());
  FindingList findings;
  const mvcc::Store as_store{made, evidence.path(), findings};
  EXPECT_EQ(mvcc::HashContent(as_store).hash, mvcc::HashContent(evidence.database()).hash);
  EXPECT_EQ(mvcc::HashKv(as_store, 0)->hash, mvcc::HashKv(evidence.database(), 0)->hash);
}

// m1 had applied more than m2 when both were killed, and had the same log up to there.
TEST(RollForward, MakesADatabaseThatOfAMemberWhichWasAhead) {
  Evidence behind("raft-conflict/m2");
  Evidence ahead("raft-conflict/m1");
  ASSERT_LT(behind.consistent_index(), ahead.consistent_index());
  const auto rolled = RollForward(behind.database(), ahead.log(), ahead.consistent_index(),
                                  apply::RulesOf({3, 5, 30}));
  ASSERT_TRUE(rolled) << rolled.error().Message();
  EXPECT_EQ(rolled->index, ahead.consistent_index());
  ExpectSame(*rolled->database, ahead.engine());
}

// Of 3.4 the entries behind the consistent index are partly in the database.
TEST(RollForward, AppliesAgainWhatIsThereAlready) {
  Evidence evidence("single-3.4/data");
  ASSERT_LT(evidence.consistent_index(), evidence.index_last());
  const auto rolled = RollForward(evidence.database(), evidence.log(), evidence.index_last(),
                                  apply::RulesOf({3, 4, 23}));
  ASSERT_TRUE(rolled) << rolled.error().Message();
  for (const Bytes name : evidence.engine().bucket_names()) {
    if (AsText(name) == mvcc::kMetaBucket) continue;  // the consistent index moved on
    EXPECT_EQ(RowsOf(*rolled->database, AsText(name)), RowsOf(evidence.engine(), AsText(name)))
        << AsText(name);
  }
}

// A database of 3.4 with the put of entry 1, whose users and roles may be as of a later entry.
class RollForwardOf34 : public ::testing::Test {
 protected:
  static constexpr std::string_view kEntries = R"(
entry term=1 index=1 put key=a value=1
entry term=1 index=2 auth-role-add name=r
entry term=1 index=3 auth-role-add name=s
entry term=1 index=4 put key=b value=2
entry term=1 index=5 auth-role-add name=t
state term=1 vote=1 commit=5
)";

  void SetUp() override {
    const apply::StoredRow row{.revision = {.main = 2},
                               .key = AsBytes("a"),
                               .value = AsBytes("1"),
                               .create_revision = 2,
                               .version = 1};
    database_.Put(mvcc::kKeyBucket, apply::EncodeRowKey(row), apply::EncodeRowValue(row));
    database_.Put(mvcc::kMetaBucket, mvcc::kConsistentIndexName, Number(1));
    database_.Put(mvcc::kAuthBucket, mvcc::kAuthRevisionName, Number(1));
  }

  static std::string Number(uint64_t number) {
    std::string bytes;
    wire::AppendBe64(bytes, number);
    return bytes;
  }

  // As the entries up to that one leave the roles.
  void AddRoles(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      wire::Writer role;
      role.Text(1, name);
      database_.Put(mvcc::kAuthRolesBucket, name, role.Take());
    }
    database_.Put(mvcc::kAuthBucket, mvcc::kAuthRevisionName, Number(1 + names.size()));
  }

  Result<StateAt> Roll(const wal::Log& log, uint64_t index) {
    return RollForward({.database = database_, .file = "db", .findings = findings_}, log, index,
                       apply::RulesOf({3, 4, 7}));
  }

  static std::string WholeLog() {
    return "metadata node=1 cluster=2\nsnapshot index=0 term=0" + std::string(kEntries);
  }
  // Of a cluster that began with more than an empty store.
  static std::string OtherLog() {
    std::string log = WholeLog();
    const std::string_view put = "put key=a value=1";
    return log.replace(log.find(put), put.size(), "noop");
  }

  testing::MemoryDatabase database_;
  FindingList findings_;
};

TEST_F(RollForwardOf34, CountsNoChangeOfRolesTwice) {
  const testing::BuiltLog log(WholeLog());
  for (const auto& roles : {std::initializer_list<std::string_view>{}, {"r"}, {"r", "s"}}) {
    AddRoles(roles);
    const auto rolled = Roll(log.log(), 4);
    ASSERT_TRUE(rolled) << rolled.error().Message();
    EXPECT_EQ(rolled->store->auth().revision(), 3u);
    EXPECT_EQ(rolled->store->tables().rows(apply::Table::kAuthRoles).size(), 2u);
    EXPECT_FALSE(rolled->may_be_later);
  }
}

TEST_F(RollForwardOf34, TellsThatRolesMayBeOfALaterEntry) {
  const testing::BuiltLog log(WholeLog());
  AddRoles({"r"});
  const auto rolled = Roll(log.log(), 3);
  ASSERT_TRUE(rolled) << rolled.error().Message();
  EXPECT_TRUE(rolled->may_be_later);
  AddRoles({"r", "s"});
  EXPECT_FALSE(Roll(log.log(), 2));
}

// The log does not tell what the revision was at the consistent index.
TEST_F(RollForwardOf34, WhereTheLogDoesNotLeadToItTheRevisionOfRolesIsNotKnown) {
  const testing::BuiltLog log(OtherLog());
  AddRoles({"r", "s"});
  const auto rolled = Roll(log.log(), 4);
  ASSERT_TRUE(rolled) << rolled.error().Message();
  EXPECT_EQ(rolled->store->tables().rows(apply::Table::kAuthRoles).size(), 2u);
  EXPECT_FALSE(
      rolled->store->tables().Find(apply::Table::kAuth, mvcc::kAuthRevisionName)->reproducible);
  database_.Put(mvcc::kAuthBucket, mvcc::kAuthEnabledName, "\x01");
  const auto refused = Roll(log.log(), 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
}

std::string WhyNot(const std::string& of_database, const std::string& of_log, uint64_t index) {
  Evidence database(of_database);
  Evidence log(of_log);
  const auto rolled = RollForward(database.database(), log.log(), index, apply::Rules());
  return rolled ? "" : rolled.error().Message();
}

TEST(RollForward, SaysWhyTheLogDoesNotLeadThere) {
  EXPECT_EQ(WhyNot("single-3.6/data", "single-3.6/data", 1),
            "index 1: the database has applied more than that");
  Evidence evidence("single-3.6/data");
  const uint64_t beyond = evidence.index_last() + 1;
  EXPECT_EQ(WhyNot("single-3.6/data", "single-3.6/data", beyond),
            "index " + std::to_string(beyond) + ": the log ends before it");
}

}  // namespace
}  // namespace etcdf::replay
