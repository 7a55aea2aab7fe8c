#include "mvcc/usage.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::mvcc {
namespace {

std::string RowKey(uint64_t revision, bool tombstone) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(revision >> shift);
  return bytes + "_" + std::string(8, '\0') + (tombstone ? "t" : "");
}

// One row of 17 bytes of revision, 2 + the key, 2 + the value.
void Put(testing::MemoryDatabase& database, uint64_t revision, std::string_view key,
         std::string_view value) {
  database.Put("key", RowKey(revision, false),
               testing::ProtoWriter().Bytes(1, key).Bytes(5, value).bytes());
}

void Delete(testing::MemoryDatabase& database, uint64_t revision, std::string_view key) {
  database.Put("key", RowKey(revision, true), testing::ProtoWriter().Bytes(1, key).bytes());
}

UsageQuery ByFirstLetter() {
  return {.group_of = [](std::string_view key) { return key.substr(0, 1); }};
}

UsageReport Measure(const testing::MemoryDatabase& database, const UsageQuery& query) {
  FindingList findings;
  const std::string file = "db";
  const Store store{.database = database, .file = file, .findings = findings};
  const LiveRows live = FindLiveRows(store, 1000);
  return MeasureUsage(store, query, &live);
}

TEST(UsageTest, CountsByGroup) {
  testing::MemoryDatabase database;
  Put(database, 2, "a1", "xxxx");
  Put(database, 3, "a1", "xx");
  Put(database, 4, "a2", "");
  Delete(database, 5, "a2");
  Put(database, 6, "b1", "xxxx");
  const UsageReport report = Measure(database, ByFirstLetter());
  ASSERT_EQ(report.groups.size(), 2U);
  const Usage& a = report.groups[0].usage;
  EXPECT_EQ(report.groups[0].name, "a");
  EXPECT_EQ(a.puts, 3U);
  EXPECT_EQ(a.tombstones, 1U);
  EXPECT_EQ(a.bytes, (17U + 4 + 2 + 4) + (17 + 4 + 2 + 2) + (17 + 4 + 2) + (18 + 4));
  EXPECT_EQ(a.live_keys, 1U);
  EXPECT_EQ(a.live_bytes, 17U + 4 + 2 + 2);
  EXPECT_EQ(a.largest_value_bytes, 4U);
  EXPECT_EQ(a.largest_value_key, "a1");
  EXPECT_EQ(report.total.bytes, a.bytes + report.groups[1].usage.bytes);
  EXPECT_EQ(report.total.live_keys, 2U);
}

TEST(UsageTest, TopPrefixAndRevisions) {
  testing::MemoryDatabase database;
  for (uint64_t i = 0; i < 26; ++i) {
    const std::string letter(1, static_cast<char>('a' + i));
    Put(database, i + 2, letter, std::string(i, 'x'));
  }
  UsageQuery query = ByFirstLetter();
  query.top = 2;
  UsageReport report = Measure(database, query);
  ASSERT_EQ(report.groups.size(), 2U);
  EXPECT_EQ(report.groups[0].name, "z");
  EXPECT_EQ(report.groups[1].name, "y");
  EXPECT_EQ(report.other_groups, 24U);
  EXPECT_EQ(report.others.puts, 24U);
  EXPECT_EQ(report.total.puts, 26U);

  query.revision_first = 4;
  query.revision_last = 5;
  report = Measure(database, query);
  ASSERT_EQ(report.groups.size(), 2U);
  EXPECT_EQ(report.groups[0].name, "d");
  EXPECT_EQ(report.groups[1].name, "c");
  EXPECT_EQ(report.total.puts, 2U);

  query.prefix = "c";
  EXPECT_EQ(Measure(database, query).total.puts, 1U);
}

// More groups than are held at once: several walks, the same sums.
TEST(UsageTest, MoreGroupsThanFit) {
  testing::MemoryDatabase database;
  constexpr uint64_t kKeys = 5'000;
  for (uint64_t i = 0; i < kKeys; ++i) Put(database, i + 2, "key" + std::to_string(i), "");
  Put(database, kKeys + 2, "key77", "xxx");
  const UsageQuery query{.group_of = [](std::string_view key) { return key; }, .top = 1};
  FindingList findings;
  const std::string file = "db";
  const UsageReport report = MeasureUsage(
      {.database = database, .file = file, .findings = findings, .limits = {.usage_groups = 100}},
      query, nullptr);
  ASSERT_EQ(report.groups.size(), 1U);
  EXPECT_EQ(report.groups[0].name, "key77");
  EXPECT_EQ(report.groups[0].usage.puts, 2U);
  EXPECT_EQ(report.other_groups, kKeys - 1);
  EXPECT_EQ(report.total.puts, kKeys + 1);
}

}  // namespace
}  // namespace etcdf::mvcc
