#include "apply/rules.h"

#include <gtest/gtest.h>

namespace etcdf::apply {
namespace {

TEST(ParseVersion, ReadsWhatEtcdPrints) {
  EXPECT_EQ(ParseVersion("3.5.16"), (Version{3, 5, 16}));
  EXPECT_EQ(ParseVersion("v3.6.0-rc.1"), (Version{3, 6, 0}));
  EXPECT_EQ(ParseVersion("3.4.23+git"), (Version{3, 4, 23}));
  EXPECT_EQ(ParseVersion("3.5"), (Version{3, 5, 0}));
}

TEST(ParseVersion, RefusesOtherText) {
  for (const char* const text :
       {"", "3", "v", "3.", "3.5.", "3.5.x", "3.5.1.2", "a.b.c", "-3.5.1", "3.5.99999999999"}) {
    EXPECT_FALSE(ParseVersion(text)) << text;
  }
}

// A change that was brought into several release lines is in each from its own patch on, in the
// lines between and after from the first release on, and in none before.
TEST(Rules, AChangeBelongsToEachLineFromItsOwnPatchOn) {
  const auto keeps = [](Version version) { return RulesOf(version).keeps_tombstone_at_compaction; };
  EXPECT_FALSE(keeps({3, 3, 99}));
  EXPECT_FALSE(keeps({3, 4, 33}));
  EXPECT_TRUE(keeps({3, 4, 34}));
  EXPECT_FALSE(keeps({3, 5, 0}));
  EXPECT_FALSE(keeps({3, 5, 15}));
  EXPECT_TRUE(keeps({3, 5, 16}));
  EXPECT_TRUE(keeps({3, 6, 0}));
  EXPECT_TRUE(keeps({4, 0, 0}));
}

TEST(Rules, AFaultBelongsToTheReleasesThatHadIt) {
  const auto stuck = [](Version version) { return RulesOf(version).keeps_first_member_row; };
  EXPECT_FALSE(stuck({3, 4, 23}));
  EXPECT_FALSE(stuck({3, 5, 0}));
  EXPECT_TRUE(stuck({3, 5, 1}));
  EXPECT_TRUE(stuck({3, 5, 19}));
  EXPECT_FALSE(stuck({3, 5, 20}));
  EXPECT_FALSE(stuck({3, 6, 0}));
}

}  // namespace
}  // namespace etcdf::apply
