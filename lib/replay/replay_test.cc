// Logs of real members, applied to an empty store: what comes out must be what each member's
// database holds, in every bucket and byte for byte.
#include "replay/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

#include "apply/compare.h"
#include "mvcc/status.h"
#include "replay/load.h"
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

std::string Differences(const apply::Comparison& comparison) {
  std::string text = std::to_string(comparison.rows_different) + " rows differ:";
  for (const apply::Difference& difference : comparison.first) {
    text += "\n" + std::string(difference.bucket) + " " + difference.key;
  }
  return text;
}

void ExpectEqual(const apply::MemberStore& store, Evidence& evidence) {
  const apply::Comparison keys = apply::CompareKeys(store, evidence.database());
  EXPECT_TRUE(keys.equal()) << Differences(keys);
  EXPECT_GT(keys.rows_equal, 0u);
  const apply::Comparison tables = apply::CompareTables(store, evidence.database());
  EXPECT_TRUE(tables.equal()) << Differences(tables);
  EXPECT_GT(tables.rows_equal, 0u);
  const mvcc::Status status = mvcc::ReadStatus(evidence.database());
  EXPECT_EQ(store.keys().current_revision(), status.CurrentRevision());
  EXPECT_EQ(store.keys().compact_revision(), status.CompactRevision());
  EXPECT_EQ(evidence.findings().findings().size(), 0u);
}

struct Member {
  const char* fixture;
  apply::Version version;
  bool persists_checkpoints = false;
};

apply::Rules RulesOf(const Member& member) {
  apply::Rules rules = apply::RulesOf(member.version);
  rules.persists_checkpoints = member.persists_checkpoints;
  return rules;
}

class ReplayOfMember : public ::testing::TestWithParam<Member> {};

// From 3.5 on the database is exactly as of its consistent index.
TEST_P(ReplayOfMember, IsItsDatabase) {
  Evidence evidence(GetParam().fixture);
  apply::MemberStore store(RulesOf(GetParam()));
  Replay(evidence.log(), {.after = 0, .until = evidence.consistent_index()}, store);
  ExpectEqual(store, evidence);
  EXPECT_EQ(store.index(), evidence.consistent_index());
}

// Going back to any earlier moment, and forward again, changes nothing.
TEST_P(ReplayOfMember, ComesBackFromEveryEntry) {
  Evidence evidence(GetParam().fixture);
  apply::MemberStore store(RulesOf(GetParam()));
  const uint64_t last = evidence.consistent_index();
  const auto start = store.mark();
  std::vector<apply::MemberStore::Mark> marks;
  ForEachEntry(evidence.log(), {.after = 0, .until = last}, [&](const wire::Entry& entry) {
    marks.push_back(store.mark());
    store.Apply(entry);
    return true;
  });
  while (!marks.empty()) {
    const size_t step = std::min<size_t>(marks.size(), 37);
    const auto mark = marks[marks.size() - step];
    marks.resize(marks.size() - step);
    store.RollBack(mark);
    Replay(evidence.log(), {.after = mark.index, .until = last}, store);
    store.RollBack(mark);
  }
  store.RollBack(start);
  EXPECT_EQ(store.keys().current_revision(), 1);
  Replay(evidence.log(), {.after = 0, .until = last}, store);
  ExpectEqual(store, evidence);
}

// Giving the past up after each entry changes nothing either.
TEST_P(ReplayOfMember, IsItsDatabaseWhenSettled) {
  Evidence evidence(GetParam().fixture);
  apply::MemberStore store(RulesOf(GetParam()));
  ForEachEntry(evidence.log(), {.after = 0, .until = evidence.consistent_index()},
               [&](const wire::Entry& entry) {
                 store.Apply(entry);
                 store.Settle();
                 return true;
               });
  ExpectEqual(store, evidence);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ReplayOfMember,
                         ::testing::Values(Member{"single-3.5/data", {3, 5, 30}, true},
                                           Member{"single-3.6/data", {3, 6, 9}},
                                           Member{"raft-conflict/m1", {3, 5, 30}},
                                           Member{"raft-conflict/m2", {3, 5, 30}},
                                           Member{"raft-conflict/m3", {3, 5, 30}},
                                           Member{"incident-13766/m2", {3, 5, 2}}),
                         [](const auto& test) {
                           std::string name = test.param.fixture;
                           std::ranges::replace_if(
                               name, [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

// Up to 3.4 the consistent index lags behind what is in the database already: compactions, and
// everything outside bucket `key` (etcd v3.4.23, mvcc/kvstore_txn.go, End; auth/store.go).
TEST(ReplayOfOldMember, IsItsDatabaseAllowingForTheIndexThatLags) {
  for (const char* const fixture : {"single-3.4/data", "v2-era/data"}) {
    SCOPED_TRACE(fixture);
    Evidence evidence(fixture);
    ASSERT_LT(evidence.consistent_index(), evidence.index_last());
    apply::MemberStore store(apply::RulesOf({3, 4, 23}));
    Replay(evidence.log(), {.after = 0, .until = evidence.index_last()}, store);
    ExpectEqual(store, evidence);  // what follows the index writes no keys
  }
}

// The member's index was stored before the entry's effect was: 3.5.0 to 3.5.2 could skip an entry
// at a crash. Everything after it is one revision off, and right in the member's own world.
TEST(ReplayOfHarmedMember, DiffersUnlessTheSkippedEntryIsLeftOut) {
  constexpr uint64_t kSkipped = 233;
  Evidence evidence("incident-13766/m1");
  apply::MemberStore faithful(apply::RulesOf({3, 5, 2}));
  Replay(evidence.log(), {.after = 0, .until = evidence.consistent_index()}, faithful);
  const apply::Comparison comparison = apply::CompareKeys(faithful, evidence.database());
  ASSERT_FALSE(comparison.equal());
  EXPECT_EQ(apply::EncodeRowKey({.revision = {.main = 217}}), comparison.first.front().key);

  apply::MemberStore skipping(apply::RulesOf({3, 5, 2}));
  Replay(evidence.log(), {.after = 0, .until = kSkipped - 1}, skipping);
  Replay(evidence.log(), {.after = kSkipped, .until = evidence.consistent_index()}, skipping);
  ExpectEqual(skipping, evidence);
}

// As of a revision, the keys are those of a replay that stopped there.
TEST(LoadedAsOfARevision, AppliesTheRestOfTheLogLikeAReplayFromTheStart) {
  Evidence evidence("single-3.6/data");
  const uint64_t last = evidence.consistent_index();
  const auto compacted = mvcc::ReadStatus(evidence.database()).CompactRevision();
  apply::MemberStore replayed(apply::RulesOf({3, 6, 9}));
  uint64_t checked = 0;
  ForEachEntry(evidence.log(), {.after = 0, .until = last}, [&](const wire::Entry& entry) {
    const apply::Outcome outcome = replayed.Apply(entry);
    const int64_t revision = replayed.keys().current_revision();
    if (outcome.rows.empty() || revision < compacted) return true;
    apply::MemberStore loaded(apply::RulesOf({3, 6, 9}));
    EXPECT_TRUE(Load(evidence.database(), revision, loaded));
    const auto count = [](const apply::MemberStore& store) {
      uint64_t keys = 0;
      store.keys().ForEachLive({.key = {}, .range_end = AsBytes(std::string_view("\0", 1))},
                               [&](const apply::StoredRow&) { return ++keys > 0; });
      return keys;
    };
    EXPECT_EQ(count(loaded), count(replayed)) << "as of revision " << revision;
    ++checked;
    return true;
  });
  EXPECT_GT(checked, 50u);
}

TEST(LoadedAsOfARevision, RefusesWhatIsCompactedOrNotYetThere) {
  Evidence evidence("single-3.6/data");
  const mvcc::Status status = mvcc::ReadStatus(evidence.database());
  apply::MemberStore store(apply::RulesOf({3, 6, 9}));
  EXPECT_FALSE(Load(evidence.database(), status.CompactRevision() - 1, store));
  EXPECT_FALSE(Load(evidence.database(), status.CurrentRevision() + 1, store));
}

}  // namespace
}  // namespace etcdf::replay
