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

TEST(Relations, NobodyIsAloneWithoutAMajorityAgainstHim) {
  Relations relations(3);
  relations.Set(0, 1, Relation::kDifferent);
  EXPECT_TRUE(relations.Minority().empty());
  relations.Set(0, 2, Relation::kDifferent);
  EXPECT_TRUE(relations.Minority().empty());  // nothing says that 1 and 2 agree
  relations.Set(1, 2, Relation::kSame);
  EXPECT_EQ(relations.Minority(), std::vector<size_t>{0});
}

TEST(Relations, WhoCouldNotBeComparedIsNotAlone) {
  Relations relations(4);
  relations.Set(0, 1, Relation::kSame);
  relations.Set(0, 2, Relation::kSame);
  relations.Set(1, 2, Relation::kSame);
  EXPECT_TRUE(relations.Minority().empty());
  relations.Set(3, 1, Relation::kDifferent);
  EXPECT_EQ(relations.Minority(), std::vector<size_t>{3});
}

}  // namespace
}  // namespace etcdf::cluster
