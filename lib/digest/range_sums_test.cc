#include "digest/range_sums.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/bytes.h"
#include "testing/seed.h"

namespace etcdf::digest {
namespace {

// What stands under a number, in a version of history.
WideFingerprint Content(uint64_t number, uint64_t version = 0) {
  std::array<uint8_t, 8> key, content;
  StoreLe64(key.data(), number);
  StoreLe64(content.data(), version);
  return FingerprintOf(key, content);
}

RangeSums SumsOf(Span span, const std::set<uint64_t>& changed = {}) {
  RangeSums sums(span);
  for (uint64_t number = span.after + 1; number <= span.until; ++number) {
    sums.Add(number, Content(number, changed.contains(number) ? 1 : 0));
  }
  return sums;
}

constexpr uint64_t kMax = UINT64_MAX;

TEST(RangeSums, BlocksFillTheSpanAlignedAndFineAtBothEnds) {
  for (const Span span :
       {Span{0, 1}, Span{0, 5000}, Span{3, 20'000}, Span{1000, 1'000'003}, Span{77, 50'000'001},
        Span{0, kMax}, Span{kMax - 1, kMax}, Span{1, kMax - 1}, Span{kMax - 100'000, kMax}}) {
    const auto blocks = BlocksOf(span);
    ASSERT_LE(blocks.size(), 300'000u);
    uint64_t before = span.after;
    for (const Block& block : blocks) {
      ASSERT_EQ(block.first, before + 1);
      before = block.last;
      const uint64_t length = block.last - block.first + 1;
      ASSERT_EQ(length & (length - 1), 0u);
      ASSERT_EQ(block.first % length, 0u);
      const uint64_t distance = std::min(block.first - 1 - span.after, span.until - block.last);
      ASSERT_LE(length, std::max<uint64_t>(1, distance / 2048));
      const uint64_t twice = length * 2;
      ASSERT_TRUE(block.first % twice != 0 || twice > span.until - block.first + 1 ||
                  twice > (block.first - 1 - span.after) / 2048 ||
                  twice > (span.until - (block.first + twice - 1)) / 2048)
          << "a longer one would do at " << block.first;
    }
    ASSERT_EQ(before, span.until);
  }
  EXPECT_TRUE(BlocksOf({5, 5}).empty());
  EXPECT_TRUE(BlocksOf({5, 4}).empty());
}

TEST(RangeSums, AMillionRevisionsTakeLessThanAMegabyte) {
  EXPECT_LT(BlocksOf({0, 1'000'000}).size() * sizeof(WideFingerprint), 600'000u);
  EXPECT_LT(BlocksOf({0, 10'000'000}).size() * sizeof(WideFingerprint), 1'000'000u);
}

TEST(RangeSums, TheSameHistoryIsTheSameHoweverFarEachSideGoes) {
  // Below 4096 apart, both ends are compared to the last revision.
  for (const uint64_t lag : {0U, 1U, 1000U, 4000U}) {
    const Comparison compared = Compare(SumsOf({100, 60'000}), SumsOf({100 + lag, 60'000 - lag}));
    EXPECT_EQ(compared.compared, (Span{100 + lag, 60'000 - lag})) << lag;
    EXPECT_TRUE(compared.differing.empty()) << lag;
  }
  // Beyond, a block at each end may be lost.
  const Comparison compared = Compare(SumsOf({0, 100'000}), SumsOf({20'003, 80'001}));
  EXPECT_TRUE(compared.differing.empty());
  EXPECT_LT(compared.compared.after, 20'003u + 16);
  EXPECT_GT(compared.compared.until, 80'001u - 16);
}

class RangeSumsProperty : public testing::SeededTest {};

TEST_F(RangeSumsProperty, AnyTwoHistoriesDifferExactlyWhereTheyWereMadeToDiffer) {
  for (int round = 0; round < 40; ++round) {
    const Span a{Below(9'000), 10'000 + Below(30'000)}, b{Below(9'000), 10'000 + Below(30'000)};
    std::set<uint64_t> changed;
    for (uint64_t i = Below(4); i > 0; --i) changed.insert(1 + Below(40'000));
    const Comparison result = Compare(SumsOf(a), SumsOf(b, changed));

    const Span& compared = result.compared;
    ASSERT_GE(compared.after, std::max(a.after, b.after));
    ASSERT_LE(compared.until, std::min(a.until, b.until));
    size_t found = 0;
    for (const uint64_t number : changed) {
      const bool is_compared = number > compared.after && number <= compared.until;
      const bool is_named = std::ranges::any_of(result.differing, [&](const Span& span) {
        return number > span.after && number <= span.until;
      });
      ASSERT_EQ(is_named, is_compared) << number;
      found += is_named;
    }
    // Every range that is named holds a change, and is a few numbers long.
    ASSERT_LE(result.differing.size(), found);
    for (const Span& span : result.differing) {
      ASSERT_LE(span.until - span.after, 16u * found);
      const auto inside = changed.upper_bound(span.after);
      ASSERT_TRUE(inside != changed.end() && *inside <= span.until);
    }
  }
}

TEST(RangeSums, DifferencesThatTouchAreOneRange) {
  const Comparison result = Compare(SumsOf({0, 3000}), SumsOf({0, 3000}, {1, 10, 11, 12, 3000}));
  EXPECT_EQ(result.compared, (Span{0, 3000}));
  EXPECT_EQ(result.differing, (std::vector<Span>{{0, 1}, {9, 12}, {2999, 3000}}));
}

TEST(RangeSums, WhatHasNothingInCommonIsNotCompared) {
  for (const auto& [a, b] : {std::pair{Span{0, 100}, Span{100, 200}},
                             {Span{0, 0}, Span{0, 10}},
                             {Span{5, 5}, Span{5, 5}}}) {
    const Comparison result = Compare(SumsOf(a), SumsOf(b));
    EXPECT_TRUE(result.compared.empty());
    EXPECT_TRUE(result.differing.empty());
  }
}

TEST(RangeSums, AGridIsKeptWithinWhatIsKnown) {
  const Span grid{0, 200'000}, known{50'000, 150'000};
  const RangeSums sums(known, grid);
  for (const Block& block : sums.blocks()) {
    ASSERT_GT(block.first, known.after);
    ASSERT_LE(block.last, known.until);
  }
  // The digest's own blocks: what differs is named as narrowly as they can.
  RangeSums theirs = SumsOf(grid, {100'000});
  RangeSums ours(known, grid);
  for (uint64_t number = 1; number <= 200'000; ++number) ours.Add(number, Content(number));
  const Comparison result = Compare(theirs, ours);
  ASSERT_EQ(result.differing.size(), 1u);
  EXPECT_LE(result.differing[0].until - result.differing[0].after, 48u);
  EXPECT_LT(result.compared.after - known.after, 32u);
}

TEST(RangeSums, OrderAndPartsDoNotMatter) {
  const Span span{10, 30'000};
  RangeSums backwards(span), odd(span), even(span);
  for (uint64_t number = span.until + 50; number > 0; --number) {
    backwards.Add(number, Content(number));
    (number % 2 == 0 ? even : odd).Add(number, Content(number));
  }
  odd.Add(even);
  EXPECT_EQ(Compare(SumsOf(span), backwards).differing.size(), 0u);
  EXPECT_EQ(Compare(SumsOf(span), odd).differing.size(), 0u);
  EXPECT_EQ(Compare(SumsOf(span), odd).compared, span);
}

}  // namespace
}  // namespace etcdf::digest
