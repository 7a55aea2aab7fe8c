#include "mvcc/sorted_rows.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "testing/memory_database.h"
#include "testing/proto_writer.h"

namespace etcdf::mvcc {
namespace {

std::string RowKey(uint64_t revision) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(revision >> shift);
  return bytes + "_" + std::string(8, '\0');
}

class SortedRowsTest : public ::testing::Test {
 protected:
  void Put(std::string_view key, uint64_t lease) {
    database_.Put("key", RowKey(++revision_),
                  testing::ProtoWriter().Bytes(1, key).Number(6, lease).bytes());
  }

  // The keys in their order, at most `limit`.
  std::string Keys(RowOrder order, size_t limit = std::numeric_limits<size_t>::max()) {
    const Store store{.database = database_, .file = file_, .findings = findings_};
    const LiveRows live = FindLiveRows(store, std::numeric_limits<int64_t>::max());
    std::string text;
    VisitSorted(
        store, live, order, [](const KeyValue& kv) { return AsText(kv.key) != "unwanted"; },
        [&](const KeyRow& row) {
          text += AsText(row.kv.key);
          text += ' ';
          return --limit > 0;
        });
    return text;
  }

  testing::MemoryDatabase database_;
  std::string file_ = "db";
  FindingList findings_;
  uint64_t revision_ = 1;
};

TEST_F(SortedRowsTest, ByKeyAndByLease) {
  Put("b", 1);
  Put("unwanted", 1);
  Put("c", 0x8000000000000000);
  Put("a", 2);
  Put("b", 2);
  EXPECT_EQ(Keys(RowOrder::kByKey), "a b c ");
  EXPECT_EQ(Keys(RowOrder::kByLease), "a b c ");
  Put("a", 3);
  EXPECT_EQ(Keys(RowOrder::kByLease), "b a c ");
  EXPECT_EQ(Keys(RowOrder::kByKey, 2), "a b ");
}

// More rows than are sorted at once, in the worst order.
TEST_F(SortedRowsTest, SeveralWalks) {
  constexpr uint64_t kKeys = 2'000;
  for (uint64_t i = 0; i < kKeys; ++i) Put(std::to_string(9'000'000 - i), 0);
  const Store store{
      .database = database_, .file = file_, .findings = findings_, .limits = {.sorted_rows = 300}};
  const LiveRows live = FindLiveRows(store, std::numeric_limits<int64_t>::max());
  uint64_t expected = 9'000'000 - kKeys + 1;
  VisitSorted(
      store, live, RowOrder::kByKey, [](const KeyValue&) { return true; },
      [&](const KeyRow& row) { return AsText(row.kv.key) == std::to_string(expected++); });
  EXPECT_EQ(expected, 9'000'001U);
}

}  // namespace
}  // namespace etcdf::mvcc
