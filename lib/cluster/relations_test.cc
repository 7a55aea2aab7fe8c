#include "cluster/relations.h"

#include <gtest/gtest.h>

namespace etcdf::cluster {
namespace {

TEST(Relations, MembersAreLinkedThroughOthers) {
  Relations relations(3);
  relations.Set(0, 1, Relation::kSame);
  EXPECT_FALSE(relations.AllLinked());
  relations.Set(2, 1, Relation::kSame);
  EXPECT_TRUE(relations.AllLinked());
  EXPECT_EQ(relations.Of(0, 2), Relation::kUnknown);
  EXPECT_FALSE(Relations().AllLinked());
}

TEST(Relations, ADifferenceOnceFoundStays) {
  Relations relations(2);
  relations.Set(0, 1, Relation::kDifferent);
  relations.Set(1, 0, Relation::kSame);
  relations.Set(1, 0, Relation::kUnknown);
  EXPECT_EQ(relations.Of(0, 1), Relation::kDifferent);
  EXPECT_TRUE(relations.AnyDifferent());
}

}  // namespace
}  // namespace etcdf::cluster
