#include "base/finding.h"

#include <gtest/gtest.h>

namespace etcdf {
namespace {

constexpr FindingKind kOdd{"test.odd", Severity::kNote};
constexpr FindingKind kBroken{"test.broken", Severity::kDamage};

TEST(Finding, TextNamesPlaceThenWhatThenConsequence) {
  EXPECT_EQ(FindingText({.kind = kBroken,
                         .file = "f.wal",
                         .offset = 16,
                         .length = 8,
                         .what = "is bad",
                         .consequence = "is lost"}),
            "damage test.broken: f.wal at 16 (8 bytes): is bad; is lost");
  EXPECT_EQ(FindingText({.kind = kOdd, .file = "f.wal", .what = "is odd"}),
            "note test.odd: f.wal: is odd");
}

TEST(FindingList, KeepsSoManyOfAKindAndCountsTheRest) {
  FindingList list;
  EXPECT_FALSE(list.worst());
  for (size_t i = 0; i < FindingList::kMaxPerKind + 5; ++i) {
    list.Report({.kind = kOdd, .file = "f", .offset = i, .what = ""});
  }
  EXPECT_EQ(list.worst(), Severity::kNote);
  list.Report({.kind = kBroken, .file = "f", .what = ""});
  EXPECT_EQ(list.findings().size(), FindingList::kMaxPerKind + 1);
  EXPECT_EQ(list.suppressed(), 5u);
  EXPECT_EQ(list.worst(), Severity::kDamage);
}

TEST(FindingList, DoesNotSayAThingTwice) {
  FindingList list;
  for (int pass = 0; pass < 2; ++pass) {
    list.Report({.kind = kBroken, .file = "f", .offset = 16, .what = "is bad"});
    list.Report({.kind = kBroken, .file = "f", .offset = 24, .what = "is bad"});
    list.Report({.kind = kBroken, .file = "g", .offset = 16, .what = "is bad"});
  }
  EXPECT_EQ(list.findings().size(), 3u);
  EXPECT_EQ(list.suppressed(), 0u);
}

}  // namespace
}  // namespace etcdf
