#include "mvcc/live_count.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "mvcc/schema.h"
#include "testing/memory_database.h"

namespace etcdf::mvcc {
namespace {

using std::string_literals::operator""s;

KeyRow Put(Revision at, int64_t create, int64_t version) {
  return {.at = {.revision = at},
          .kv = {.create_revision = create, .mod_revision = at.main, .version = version}};
}
KeyRow First(Revision at) { return Put(at, at.main, 1); }
KeyRow Tombstone(Revision at) { return {.at = {.revision = at, .tombstone = true}, .kv = {}}; }

std::optional<LiveCount> CountFor(const testing::MemoryDatabase& database) {
  FindingList findings;
  const std::string file = "db";
  return LiveCount::For({.database = database, .file = file, .findings = findings});
}

testing::MemoryDatabase CompactedAt(char scheduled, char finished) {
  testing::MemoryDatabase database;
  const auto row = [](char main) { return "\0\0\0\0\0\0\0"s + main + "_\0\0\0\0\0\0\0\0"s; };
  if (scheduled > 0) database.Put(kMetaBucket, kScheduledCompactName, row(scheduled));
  if (finished > 0) database.Put(kMetaBucket, kFinishedCompactName, row(finished));
  return database;
}

// The rows of each part, of a store compacted at `compacted`.
std::optional<uint64_t> Count(char compacted, const std::vector<std::vector<KeyRow>>& parts) {
  auto count = CountFor(CompactedAt(compacted, compacted));
  if (!count) return std::nullopt;
  for (size_t part = 0; part < parts.size(); ++part) {
    for (const KeyRow& row : parts[part]) count->Add(part, row);
  }
  return count->Count();
}

TEST(LiveCountTest, EachRowCountsByItself) {
  EXPECT_EQ(Count(0, {}), 0U);
  // Two keys in one transaction, a second version, and one key deleted.
  EXPECT_EQ(Count(0, {{First({2, 0}), First({2, 1}), Put({3, 0}, 2, 2), Tombstone({4, 0})}}), 1U);
  // A compaction has left the last versions of three keys, and a tombstone of its own revision.
  EXPECT_EQ(Count(9, {{Put({4, 0}, 3, 2), First({7, 1}), Put({9, 0}, 2, 5), Tombstone({9, 1}),
                       Tombstone({10, 0}), First({11, 0})}}),
            3U);
}

// A part knows of those before it only once all are read; some parts have no row.
TEST(LiveCountTest, PartsFollowOneAnother) {
  EXPECT_EQ(Count(4, {{First({3, 0})}, {}, {First({4, 0}), First({5, 0})}, {First({5, 1})}}), 4U);
  EXPECT_EQ(Count(4, {{First({3, 0})}, {First({5, 0})}}), 2U);
  EXPECT_EQ(Count(0, {{First({2, 0})}, {Tombstone({3, 0})}, {First({4, 0})}}), 1U);
  EXPECT_FALSE(Count(4, {{First({3, 0})}, {First({6, 0})}}));
  EXPECT_FALSE(Count(0, {{First({2, 0})}, {First({4, 0})}}));
  EXPECT_FALSE(Count(0, {{First({2, 0})}, {First({2, 0})}}));
  EXPECT_FALSE(Count(4, {{First({5, 0})}, {First({3, 0})}}));
}

TEST(LiveCountTest, ContradictionsAreNoticed) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const std::vector<std::vector<KeyRow>> contradictions = {
      {First({3, 0})},                           // revision 2 is missing
      {First({2, 1})},                           // so is its first change
      {First({2, 0}), First({2, 2})},            // a change in between
      {First({2, 0}), First({4, 0})},            // a transaction in between
      {First({2, 0}), First({2, 0})},            // the same place twice
      {First({2, 0}), First({kMost, 0})},        //
      {First({2, kMost})},                       //
      {Put({2, 0}, 2, 2)},                       // written before it was created
      {First({2, 0}), Put({3, 0}, 2, 1)},        // its first version, and no new key
      {Put({2, 0}, 0, 2)},                       // created never
      {Put({2, 0}, 3, 2)},                       // created later
      {{.at = {.revision = {2, 0}}, .kv = {}}},  // the row of a bumped restore
      {Tombstone({2, 0})},                       // of a key that was never there
  };
  for (size_t i = 0; i < contradictions.size(); ++i) {
    EXPECT_FALSE(Count(0, {contradictions[i]})) << "contradiction " << i;
  }
  EXPECT_FALSE(Count(9, {{Tombstone({8, 0})}})) << "a compaction removes it";

  auto unreadable = CountFor(CompactedAt(0, 0));
  unreadable->Add(0, std::nullopt);
  EXPECT_FALSE(unreadable->Count());
}

TEST(LiveCountTest, NotWhereACompactionIsUnfinished) {
  EXPECT_TRUE(CountFor(CompactedAt(0, 0)));
  EXPECT_TRUE(CountFor(CompactedAt(9, 9)));
  EXPECT_FALSE(CountFor(CompactedAt(9, 0)));
  EXPECT_FALSE(CountFor(CompactedAt(9, 8)));
  testing::MemoryDatabase damaged = CompactedAt(9, 9);
  damaged.Damage(kMetaBucket, {.kind = {"test.lost", Severity::kDamage}, .file = "db", .what = ""});
  EXPECT_FALSE(CountFor(damaged));
}

}  // namespace
}  // namespace etcdf::mvcc
