#include "replay/roll_forward.h"

#include <gtest/gtest.h>

#include <string>

#include "base/escape.h"
#include "mvcc/hash.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "replay/load.h"
#include "replay/replay.h"
#include "testing/fixture_member.h"

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
