#include "compare/key_history.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "mvcc/schema.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"
#include "testing/seed.h"

namespace etcdf::compare {
namespace {

struct Write {
  std::string key;
  std::optional<std::string> value;  // nothing: a deletion
};

// A member's store by the rules of etcd's mvcc (formats of the rows as in mvcc/revision.h), as
// plainly as they can be written. A deletion of a key that is not there changes nothing.
class Member {
 public:
  void Apply(const Write& write) {
    const auto live = keys_.find(write.key);
    if (!write.value) {
      if (live == keys_.end()) return;
      keys_.erase(live);
      Store(++revision_, write.key, true, testing::ProtoWriter().Bytes(1, write.key).bytes());
      return;
    }
    ++revision_;
    State& state = keys_[write.key];
    if (state.version++ == 0) state.create = revision_;
    Store(revision_, write.key, false,
          testing::ProtoWriter()
              .Bytes(1, write.key)
              .Number(2, static_cast<uint64_t>(state.create))
              .Number(3, static_cast<uint64_t>(revision_))
              .Number(4, state.version)
              .Bytes(5, *write.value)
              .bytes());
  }

  enum class KeptTombstone : uint8_t { kNo, kYes };

  // Removes what a compaction removes; since 3.4.34 and 3.5.16 a tombstone at the revision itself
  // stays.
  void Compact(int64_t revision, KeptTombstone tombstone = KeptTombstone::kNo) {
    std::map<std::string, int64_t> newest;
    for (const auto& [at, row] : rows_) {
      if (at <= revision) newest[row.key] = at;
    }
    std::erase_if(rows_, [&](const auto& entry) {
      const auto& [at, row] = entry;
      if (at > revision) return false;
      if (row.tombstone) return at != revision || tombstone == KeptTombstone::kNo;
      return newest[row.key] != at;
    });
  }

  void Remove(int64_t revision) { rows_.erase(revision); }
  void Replace(int64_t revision, const std::string& stored) { rows_.at(revision).stored = stored; }

  int64_t revision() const { return revision_; }

  std::unique_ptr<testing::MemoryDatabase> Database() const {
    auto database = std::make_unique<testing::MemoryDatabase>();
    for (const auto& [at, row] : rows_) {
      std::string key(8, '\0');
      for (size_t i = 0; i < 8; ++i) key[i] = static_cast<char>(at >> (56 - 8 * i));
      key += "_" + std::string(8, '\0');
      if (row.tombstone) key += "t";
      database->Put(mvcc::kKeyBucket, key, row.stored);
    }
    return database;
  }

 private:
  struct State {
    int64_t create = 0;
    uint64_t version = 0;
  };
  struct Row {
    std::string key;
    bool tombstone;
    std::string stored;
  };

  void Store(int64_t revision, const std::string& key, bool tombstone, const std::string& stored) {
    rows_[revision] = {.key = key, .tombstone = tombstone, .stored = stored};
  }

  int64_t revision_ = 1;
  std::map<std::string, State> keys_;
  std::map<int64_t, Row> rows_;
};

struct Compared {
  std::vector<std::unique_ptr<testing::MemoryDatabase>> databases;
  KeyHistoryComparison result;
};

Compared Compare(std::initializer_list<const Member*> members, Window window) {
  Compared compared;
  static const std::string file = "db";
  FindingList findings;
  std::vector<mvcc::Store> stores;
  for (const Member* member : members) {
    compared.databases.push_back(member->Database());
    stores.push_back({.database = *compared.databases.back(), .file = file, .findings = findings});
  }
  compared.result = CompareKeyHistories(stores, window);
  EXPECT_TRUE(findings.findings().empty());
  return compared;
}

// Every key of its own, so that one write missing does not change what the next ones store.
std::vector<Write> DistinctWrites(int count) {
  std::vector<Write> writes;
  for (int i = 0; i < count; ++i) {
    writes.push_back({.key = "k" + std::to_string(i), .value = "v" + std::to_string(i)});
  }
  return writes;
}

Member With(const std::vector<Write>& writes, const std::set<size_t>& skipped = {},
            const std::set<size_t>& doubled = {}) {
  Member member;
  for (size_t i = 0; i < writes.size(); ++i) {
    if (!skipped.contains(i)) member.Apply(writes[i]);
    if (doubled.contains(i)) member.Apply(writes[i]);
  }
  return member;
}

TEST(KeyHistory, AnAlteredValueIsOneDifferenceAndNamesTheMinority) {
  const auto writes = DistinctWrites(100);
  const Member sound = With(writes);
  Member altered = sound;
  altered.Replace(50, testing::ProtoWriter()
                          .Bytes(1, "k48")
                          .Number(2, 50)
                          .Number(3, 50)
                          .Number(4, 1)
                          .Bytes(5, "other")
                          .bytes());
  const auto compared = Compare({&sound, &sound, &altered}, {.until = sound.revision()});
  ASSERT_EQ(compared.result.differences.size(), 1U);
  const RevisionDifference& difference = compared.result.differences.front();
  EXPECT_EQ(difference.revision.main, 50);
  EXPECT_EQ(difference.kind, DifferenceKind::kValue);
  EXPECT_EQ(difference.minority, std::vector<size_t>{2});
  EXPECT_EQ(AsText(difference.sides.at(2).row.value), "other");
  EXPECT_TRUE(compared.result.shifts.empty());

  const auto two = Compare({&sound, &altered}, {.until = sound.revision()});
  ASSERT_EQ(two.result.differences.size(), 1U);
  EXPECT_TRUE(two.result.differences.front().minority.empty());
}

TEST(KeyHistory, ARemovedRowIsMissingAndMovesNothing) {
  const Member sound = With(DistinctWrites(100));
  Member without = sound;
  without.Remove(70);
  const auto compared = Compare({&sound, &without, &sound}, {.until = sound.revision()});
  ASSERT_EQ(compared.result.revisions_differing, 1U);
  EXPECT_EQ(compared.result.differences.front().revision.main, 70);
  EXPECT_EQ(compared.result.differences.front().kind, DifferenceKind::kMissing);
  EXPECT_EQ(compared.result.differences.front().minority, std::vector<size_t>{1});
  EXPECT_TRUE(compared.result.shifts.empty());
}

TEST(KeyHistory, ASkippedWriteIsOneDifferenceAndAShift) {
  const auto writes = DistinctWrites(300);
  const Member sound = With(writes);
  const Member behind = With(writes, {99});  // revision 101 on the others
  const auto compared = Compare({&behind, &sound, &sound}, {.until = behind.revision()});
  ASSERT_EQ(compared.result.revisions_differing, 1U);
  EXPECT_EQ(compared.result.differences.front().revision.main, 101);
  EXPECT_EQ(compared.result.differences.front().kind, DifferenceKind::kMissing);
  EXPECT_EQ(compared.result.differences.front().minority, std::vector<size_t>{0});
  ASSERT_EQ(compared.result.shifts.size(), 1U);
  EXPECT_EQ(compared.result.shifts.front().member, 0U);
  EXPECT_EQ(compared.result.shifts.front().from, 101);
  EXPECT_EQ(compared.result.shifts.front().by, 1);
}

// Where the same writes come again and again, later rows look like earlier ones.
TEST(KeyHistory, AlteredRowsInACycleOfWritesAreNoShift) {
  for (const int keys : {1, 2, 4, 10}) {
    std::vector<Write> writes;
    for (int i = 0; i < 100; ++i) writes.push_back({"k" + std::to_string(i % keys), "v"});
    const Member sound = With(writes);  // revisions 2 to 101
    for (const int64_t first : {20, 90, 94, 97, 101}) {
      const int64_t last = std::min(first + 8, sound.revision());
      std::vector<Write> other = writes;
      for (int64_t at = first; at <= last; ++at) other[static_cast<size_t>(at - 2)].value = "w";
      const Member altered = With(other);
      for (const auto& compared : {Compare({&sound, &altered, &sound}, {.until = 101}),
                                   Compare({&altered, &sound}, {.until = 101})}) {
        EXPECT_EQ(compared.result.revisions_differing, static_cast<uint64_t>(last - first + 1))
            << keys << " keys, from " << first;
        EXPECT_TRUE(compared.result.shifts.empty()) << keys << " keys, from " << first;
      }
    }
  }
}

TEST(KeyHistory, SeveralSkipsAreSeveralShifts) {
  const auto writes = DistinctWrites(400);
  const Member sound = With(writes);
  const Member behind = With(writes, {99, 100, 101, 250});
  const auto compared = Compare({&sound, &behind, &sound}, {.until = behind.revision()});
  EXPECT_EQ(compared.result.revisions_differing, 4U);
  ASSERT_EQ(compared.result.shifts.size(), 2U);
  EXPECT_EQ(compared.result.shifts[0].by, 3);
  EXPECT_EQ(compared.result.shifts[1].by, 1);
  EXPECT_EQ(compared.result.shifts[1].from, 252 - 3);
}

TEST(KeyHistory, AWriteAppliedTwiceIsExtra) {
  const auto writes = DistinctWrites(300);
  const Member sound = With(writes);
  Member ahead;
  for (size_t i = 0; i < writes.size(); ++i) {
    ahead.Apply(writes[i]);
    if (i == 150) ahead.Apply({.key = "once more", .value = "x"});
  }
  const auto compared = Compare({&sound, &sound, &ahead}, {.until = sound.revision()});
  ASSERT_EQ(compared.result.revisions_differing, 1U);
  EXPECT_EQ(compared.result.differences.front().revision.main, 153);
  EXPECT_EQ(compared.result.differences.front().kind, DifferenceKind::kExtra);
  EXPECT_EQ(compared.result.differences.front().minority, std::vector<size_t>{2});
  ASSERT_EQ(compared.result.shifts.size(), 1U);
  EXPECT_EQ(compared.result.shifts.front().by, -1);
}

TEST(KeyHistory, ATombstoneAtTheCompactRevisionIsNoDifference) {
  Member older;
  for (int i = 0; i < 20; ++i) older.Apply({.key = "k" + std::to_string(i), .value = "v"});
  older.Apply({.key = "k3", .value = {}});
  for (int i = 0; i < 20; ++i) older.Apply({.key = "l" + std::to_string(i), .value = "v"});
  Member newer = older;
  older.Compact(22);
  newer.Compact(22, Member::KeptTombstone::kYes);
  const auto compared = Compare({&older, &newer}, {.compacted = 22, .until = older.revision()});
  EXPECT_TRUE(compared.result.same());
  EXPECT_EQ(compared.result.tombstones_of_compaction, 1U);
}

TEST(KeyHistory, AStateThatDiffersBelowTheCompactRevisionIsFound) {
  Member sound = With(DistinctWrites(100));
  Member without = sound;
  without.Remove(30);
  without.Compact(60);
  const auto compared =
      Compare({&sound, &without, &sound}, {.compacted = 60, .until = sound.revision()});
  ASSERT_EQ(compared.result.revisions_differing, 1U);
  EXPECT_EQ(compared.result.differences.front().revision.main, 30);
  EXPECT_EQ(compared.result.differences.front().minority, std::vector<size_t>{1});
}

TEST(KeyHistory, RangesCoverTheWindowAndCountWhoDiffersWhere) {
  Member sound = With(DistinctWrites(1000));  // revisions 2 to 1001
  Member without = sound;
  without.Remove(77);
  without.Remove(600);
  sound.Compact(100);
  const Window window{.compacted = 100, .until = sound.revision()};
  const auto compared = Compare({&sound, &without, &sound}, window);
  const std::vector<RevisionRange>& ranges = compared.result.ranges;

  ASSERT_GE(ranges.size(), 2U);
  EXPECT_EQ(ranges[0].last, 100);
  EXPECT_EQ(ranges[0].rows, 99U);
  EXPECT_EQ(ranges.back().last, 1001);
  EXPECT_LE(ranges.size(), static_cast<size_t>(RevisionRange::kMaxRanges) + 1);
  for (size_t i = 1; i < ranges.size(); ++i) EXPECT_EQ(ranges[i].first, ranges[i - 1].last + 1);
  uint64_t rows = 0;
  for (const RevisionRange& range : ranges) {
    rows += range.rows;
    const bool missing_row = range.last == 100 || (range.first <= 600 && 600 <= range.last);
    EXPECT_EQ(range.members[1].different, missing_row ? 1U : 0U) << range.first;
    EXPECT_EQ(range.members[0].different + range.members[2].different, 0U);
  }
  EXPECT_EQ(rows, compared.result.rows_compared);
}

// Neither a window of nothing nor one as wide as numbers are breaks the arithmetic.
TEST(KeyHistory, RangesOfTheNarrowestAndTheWidestWindow) {
  const Member sound = With(DistinctWrites(3));
  const auto narrow = Compare({&sound, &sound}, {.compacted = 4, .until = 4});
  ASSERT_EQ(narrow.result.ranges.size(), 1U);
  EXPECT_EQ(narrow.result.ranges.front().rows, 3U);
  const auto wide = Compare({&sound, &sound}, {.compacted = 0, .until = INT64_MAX});
  EXPECT_LE(wide.result.ranges.size(), static_cast<size_t>(RevisionRange::kMaxRanges));
  EXPECT_EQ(wide.result.ranges.back().last, INT64_MAX);
  EXPECT_EQ(wide.result.ranges.front().rows, 3U);
}

class KeyHistoryProperty : public testing::SeededTest {};

// However each member compacts, and whichever lags behind, the same writes are the same history.
TEST_F(KeyHistoryProperty, HealthyMembersNeverDiffer) {
  for (int round = 0; round < 200; ++round) {
    std::vector<Write> writes;
    for (uint64_t i = 0; i < 200; ++i) {
      Write write{.key = "k" + std::to_string(Below(30)), .value = std::to_string(Below(5))};
      if (Below(4) == 0) write.value.reset();
      writes.push_back(write);
    }
    std::vector<Member> members;
    Window window{.until = INT64_MAX};
    for (int m = 0; m < 3; ++m) {
      const size_t applied = writes.size() - Below(40);
      Member member = With({writes.begin(), writes.begin() + static_cast<int64_t>(applied)});
      if (Below(3) != 0) {
        const auto compacted = static_cast<int64_t>(1 + Below(100));
        if (compacted > member.revision()) continue;
        member.Compact(compacted,
                       Below(2) == 0 ? Member::KeptTombstone::kNo : Member::KeptTombstone::kYes);
        window.compacted = std::max(window.compacted, compacted);
      }
      window.until = std::min(window.until, member.revision());
      members.push_back(std::move(member));
    }
    if (members.size() < 3 || window.compacted > window.until) continue;
    const auto compared = Compare({&members[0], &members[1], &members[2]}, window);
    ASSERT_TRUE(compared.result.same())
        << "first at " << compared.result.differences.front().revision.main << " "
        << DifferenceKindName(compared.result.differences.front().kind);
  }
}

// Whatever lies in one stretch or at the edge of two, each altered row is found and none besides.
TEST_F(KeyHistoryProperty, ExactlyTheAlteredRowsDiffer) {
  const Member sound = With(DistinctWrites(500));  // revisions 2 to 501
  for (int round = 0; round < 50; ++round) {
    Member altered = sound;
    std::set<int64_t> expected;
    for (uint64_t count = 1 + Below(6); expected.size() < count;) {
      const auto revision = static_cast<int64_t>(2 + Below(500));
      if (!expected.insert(revision).second) continue;
      altered.Replace(revision, testing::ProtoWriter()
                                    .Bytes(1, "k" + std::to_string(revision - 2))
                                    .Number(2, static_cast<uint64_t>(revision))
                                    .Number(3, static_cast<uint64_t>(revision))
                                    .Number(4, 1)
                                    .Bytes(5, "other")
                                    .bytes());
    }
    const auto compared = Compare({&sound, &altered, &sound}, {.until = sound.revision()});
    std::set<int64_t> found;
    for (const auto& difference : compared.result.differences) {
      EXPECT_EQ(difference.kind, DifferenceKind::kValue);
      found.insert(difference.revision.main);
    }
    ASSERT_EQ(found, expected);
    ASSERT_EQ(compared.result.rows_compared, 500U);
    EXPECT_TRUE(compared.result.same_keys);
  }
}

TEST(KeyHistory, KeysAreTheSameUnlessARowIsOfAnotherOrUnreadable) {
  const Member sound = With(DistinctWrites(100));
  Member unreadable = sound;
  unreadable.Replace(50, "\x0a\x7f");
  EXPECT_FALSE(Compare({&sound, &unreadable}, {.until = 101}).result.same_keys);
  Member without = sound;
  without.Remove(50);
  EXPECT_FALSE(Compare({&sound, &without}, {.until = 101}).result.same_keys);
  EXPECT_FALSE(
      Compare({&sound, &without, &sound}, {.compacted = 60, .until = 101}).result.same_keys);
  EXPECT_TRUE(Compare({&sound, &sound}, {.until = 101}).result.same_keys);
}

}  // namespace
}  // namespace etcdf::compare
