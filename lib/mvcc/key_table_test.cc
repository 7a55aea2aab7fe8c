#include "mvcc/key_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "checksum/fingerprint.h"

namespace etcdf::mvcc {
namespace {

std::vector<uint64_t> LiveRowsOf(const KeyTable& table) {
  std::vector<uint64_t> rows;
  table.ForEachLive([&](uint64_t row) { rows.push_back(row); });
  std::ranges::sort(rows);
  return rows;
}

TEST(KeyTableTest, TheNewestRowCounts) {
  KeyTable table(10);
  const std::string a = "a", b = "b";
  EXPECT_TRUE(table.Offer({.key = AsBytes(a), .hash = 1, .row = 5, .live = true}));
  EXPECT_TRUE(table.Offer({.key = AsBytes(a), .hash = 1, .row = 3, .live = false}));
  EXPECT_TRUE(table.Offer({.key = AsBytes(b), .hash = 1, .row = 7, .live = true}));
  EXPECT_EQ(LiveRowsOf(table), (std::vector<uint64_t>{5, 7}));
  EXPECT_TRUE(table.Offer({.key = AsBytes(b), .hash = 1, .row = 8, .live = false}));
  EXPECT_EQ(LiveRowsOf(table), (std::vector<uint64_t>{5}));
}

// Hashes that are all the same decide nothing; they only use up the places.
TEST(KeyTableTest, KeysAreComparedNotHashes) {
  KeyTable table(10);
  std::vector<std::string> keys;
  for (int i = 0; i < 200; ++i) keys.push_back("key" + std::to_string(1000 + i));
  uint64_t row = 0;
  size_t placed = 0;
  for (const std::string& key : keys) {
    const KeyTable::Offered offered{.key = AsBytes(key), .hash = 42, .row = row++, .live = true};
    if (table.Offer(offered)) {
      ++placed;
    } else {
      table.OfferAnyway(offered);
    }
  }
  EXPECT_LT(placed, keys.size());
  EXPECT_EQ(LiveRowsOf(table).size(), keys.size());
}

TEST(KeyTableTest, LongAndEmptyKeys) {
  KeyTable table(4);
  const std::string one(70'000, 'x'), other = one + "y";
  EXPECT_TRUE(table.Offer({.key = AsBytes(one), .hash = 9, .row = 0, .live = true}));
  EXPECT_TRUE(table.Offer({.key = AsBytes(other), .hash = 9, .row = 1, .live = true}));
  EXPECT_TRUE(table.Offer({.key = {}, .hash = 9, .row = 2, .live = true}));
  EXPECT_TRUE(table.Offer({.key = AsBytes(one).first(0), .hash = 9, .row = 3, .live = true}));
  EXPECT_EQ(LiveRowsOf(table), (std::vector<uint64_t>{0, 1, 3}));
}

// Two threads that race for the same keys; run under the thread sanitizer too.
TEST(KeyTableTest, SeveralThreads) {
  constexpr uint64_t kKeys = 500;
  constexpr uint64_t kRows = 40'000;
  std::vector<std::string> keys;
  for (uint64_t i = 0; i < kKeys; ++i) keys.push_back("k" + std::to_string(i));
  KeyTable table(12);
  const auto offer = [&](uint64_t from) {
    for (uint64_t row = from; row < kRows; row += 2) {
      const Bytes key = AsBytes(keys[row / 2 % kKeys]);
      EXPECT_TRUE(table.Offer({.key = key, .hash = Fingerprint(key), .row = row, .live = true}));
    }
  };
  {
    const std::jthread other(offer, 1);
    offer(0);
  }
  std::vector<uint64_t> last;
  for (uint64_t i = 0; i < kKeys; ++i) last.push_back(kRows - 2 * kKeys + 2 * i + 1);
  EXPECT_EQ(LiveRowsOf(table), last);
}

}  // namespace
}  // namespace etcdf::mvcc
