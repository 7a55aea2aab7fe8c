#include "member/restored.h"

#include <gtest/gtest.h>

#include <string>

#include "testing/built_log.h"

namespace etcdf::member {
namespace {

const std::string kRestored =
    "metadata node=5 cluster=6\n"
    "entry term=1 index=1 conf change=add node=5 context={\"id\":5}\n"
    "state term=1 vote=5 commit=1\n"
    "snapshot index=1 term=1\n";

Membership Of(uint64_t node) { return {{node, {.standing = Standing::kMember}}}; }

TEST(Restored, MoreRevisionsThanEntries) {
  EXPECT_TRUE(HasMoreThanItsLog({.applied = 1, .revision = 23}));
  EXPECT_FALSE(HasMoreThanItsLog({.applied = 22, .revision = 23}));
  EXPECT_TRUE(HasMoreThanItsLog({.applied = 21, .revision = 23}));
  EXPECT_FALSE(HasMoreThanItsLog({.applied = 0, .revision = 1}));
}

TEST(Restored, VotersOfOthersPredateARestore) {
  EXPECT_TRUE(MayPredateRestore(Of(1), Of(5), {.applied = 900, .revision = 90}, nullptr));
}

// A restore with the same URLs and token has the same ids.
TEST(Restored, VotersOfTheSameIdsUntilTheyChange) {
  const testing::BuiltLog fresh(kRestored);
  EXPECT_TRUE(MayPredateRestore(Of(5), Of(5), {.applied = 1, .revision = 9}, &fresh.log()));
  const testing::BuiltLog changed(kRestored +
                                  "entry term=2 index=2 conf change=add node=7 id=3 "
                                  "context={\"id\":7}\nstate term=2 vote=5 commit=2\n");
  EXPECT_FALSE(MayPredateRestore(Of(5), Of(5), {.applied = 2, .revision = 9}, &changed.log()));
}

TEST(Restored, VotersOfOneThatWasNeverRestored) {
  EXPECT_FALSE(MayPredateRestore(Of(5), Of(5), {.applied = 90, .revision = 9}, nullptr));
}

}  // namespace
}  // namespace etcdf::member
