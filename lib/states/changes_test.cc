#include "states/changes.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <string>
#include <utility>

#include "mvcc/schema.h"
#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::states {
namespace {

constexpr int64_t kEnd = INT64_MAX;

std::string RowKey(int64_t revision, bool tombstone) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(revision >> shift);
  return bytes + "_" + std::string(8, '\0') + (tombstone ? "t" : "");
}

class Member {
 public:
  void Put(int64_t revision, std::string_view key, std::string_view value) {
    database_.Put(mvcc::kKeyBucket, RowKey(revision, false),
                  testing::ProtoWriter()
                      .Bytes(1, key)
                      .Number(3, static_cast<uint64_t>(revision))
                      .Bytes(5, value)
                      .bytes());
  }
  void Delete(int64_t revision, std::string_view key) {
    database_.Put(mvcc::kKeyBucket, RowKey(revision, true),
                  testing::ProtoWriter().Bytes(1, key).bytes());
  }
  void Erase(int64_t revision, bool tombstone = false) {
    database_.Erase(mvcc::kKeyBucket, RowKey(revision, tombstone));
  }
  testing::MemoryDatabase& database() { return database_; }
  mvcc::Store store() { return {.database = database_, .file = file_, .findings = findings_}; }
  const FindingList& findings() const { return findings_; }

 private:
  testing::MemoryDatabase database_;
  std::string file_ = "db";
  FindingList findings_;
};

std::string Text(const std::optional<mvcc::KeyRow>& row) {
  return row ? std::string(AsText(row->kv.value)) : "-";
}

struct Seen {
  std::string text;
  ChangesRead read;
};

Seen ChangesOf(Member& a, int64_t revision_a, Member& b, int64_t revision_b,
               const std::string& prefix = "", size_t keys_at_once = 100) {
  const mvcc::Store from = a.store();
  const mvcc::Store to = b.store();
  Seen seen;
  seen.read = VisitChanges({.store = from, .revision = revision_a},
                           {.store = to, .revision = revision_b}, prefix,
                           [&](const KeyChange& change) {
                             seen.text += std::string(AsText(change.any().kv.key)) + " " +
                                          Text(change.from) + ">" + Text(change.to) + "\n";
                             return true;
                           },
                           {.keys = keys_at_once});
  return seen;
}

TEST(Changes, AddedRemovedAndChangedInTheOrderOfKeys) {
  Member a;
  Member b;
  for (Member* member : {&a, &b}) {
    member->Put(2, "same", "1");
    member->Put(3, "z", "1");
    member->Put(4, "gone", "1");
    member->Put(5, "short", "1");
    member->Delete(6, "short");
  }
  b.Put(7, "z", "2");
  b.Delete(8, "gone");
  b.Put(9, "new", "1");
  b.Put(10, "short", "2");
  b.Delete(11, "short");
  EXPECT_EQ(ChangesOf(a, kEnd, b, kEnd).text, "gone 1>-\nnew ->1\nz 1>2\n");
  EXPECT_EQ(ChangesOf(b, kEnd, a, kEnd).text, "gone ->1\nnew 1>-\nz 2>1\n");
  EXPECT_EQ(ChangesOf(a, kEnd, b, 8).text, "gone 1>-\nz 1>2\n");
  EXPECT_EQ(ChangesOf(b, 6, b, 10).text, "gone 1>-\nnew ->1\nshort ->2\nz 1>2\n");
  EXPECT_EQ(ChangesOf(a, kEnd, b, 6).text, "");
  EXPECT_EQ(ChangesOf(a, kEnd, b, kEnd, "n").text, "new ->1\n");
}

TEST(Changes, CompactionIsNoChange) {
  Member a;
  Member b;
  for (Member* member : {&a, &b}) {
    member->Put(2, "a", "1");
    member->Put(3, "a", "2");
    member->Put(4, "gone", "1");
  }
  b.Delete(5, "gone");
  b.Erase(2);
  b.Erase(4);
  b.Erase(5, true);
  EXPECT_EQ(ChangesOf(a, kEnd, b, kEnd).text, "gone 1>-\n");
}

TEST(Changes, WhatIsDamagedIsToldOnce) {
  Member a;
  Member b;
  a.Put(2, "a", "1");
  b.database().Put(mvcc::kKeyBucket, "no revision", "x");
  b.database().Put(mvcc::kKeyBucket, RowKey(2, false), "not a KeyValue");
  b.Put(3, "b", "1");
  const Seen seen = ChangesOf(a, kEnd, b, kEnd, "", 1);
  EXPECT_EQ(seen.text, "a 1>-\nb ->1\n");
  EXPECT_TRUE(seen.read.from_is_whole);
  EXPECT_FALSE(seen.read.to_is_whole);
  EXPECT_EQ(a.findings().findings().size(), 0U);
  EXPECT_EQ(b.findings().findings().size(), 2U);
}

TEST(Changes, ADatabaseWithoutKeysIsAnEmptyState) {
  Member a;
  Member b;
  b.Put(2, "b", "1");
  EXPECT_EQ(ChangesOf(a, kEnd, b, kEnd).text, "b ->1\n");
  EXPECT_EQ(ChangesOf(a, kEnd, a, kEnd).text, "");
}

// Two members that share some of a random history, held against what a plain map of each says.
TEST(Changes, AreThoseOfTwoMaps) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::minstd_rand dice(seed);
    std::array<Member, 2> members;
    std::array<std::map<std::string, std::pair<int64_t, std::string>>, 2> states;
    const auto roll = [&](unsigned sides) { return static_cast<unsigned>(dice()) % sides; };
    std::array<int64_t, 2> until = {1 + roll(400), 1 + roll(400)};
    for (int64_t revision = 2; revision <= 300; ++revision) {
      const std::string key = "k" + std::to_string(roll(20));
      const bool deletes = roll(4) == 0;
      for (size_t side = 0; side < 2; ++side) {
        if (roll(10) == 0) continue;  // it misses this one
        const std::string value = roll(10) == 0 ? "odd" : "v" + std::to_string(revision);
        if (deletes) {
          members[side].Delete(revision, key);
        } else {
          members[side].Put(revision, key, value);
        }
        if (revision > until[side]) continue;
        states[side].erase(key);
        if (!deletes) states[side][key] = {revision, value};
      }
    }
    std::map<std::string, std::string> expected;
    for (size_t side = 0; side < 2; ++side) {
      for (const auto& [key, state] : states[side]) {
        const auto find = [&](size_t of) {
          const auto found = states[of].find(key);
          return found == states[of].end() ? "-" : found->second.second;
        };
        const auto other = states[1 - side].find(key);
        if (other != states[1 - side].end() && other->second == state) continue;
        expected[key] = key + " " + find(0) + ">" + find(1) + "\n";
      }
    }
    std::string text;
    for (const auto& [key, line] : expected) text += line;
    const size_t at_once = 1 + roll(30);
    EXPECT_EQ(ChangesOf(members[0], until[0], members[1], until[1], "", at_once).text, text)
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace etcdf::states
