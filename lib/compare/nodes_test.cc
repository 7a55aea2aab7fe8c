#include "compare/nodes.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace etcdf::compare {
namespace {

using Groups = std::vector<int>;

TEST(Nodes, AMajorityIsMoreThanHalf) {
  const Nodes nodes(4);
  EXPECT_EQ(nodes.MajorityOf(Groups{1, 1, 1, 2}), 1);
  EXPECT_EQ(nodes.MajorityOf(Groups{1, 1, 2, 2}), std::nullopt);
  EXPECT_EQ(nodes.MajorityOf(Groups{1, 1, 2, 3}), std::nullopt);  // the largest, and no majority
  EXPECT_EQ(Nodes(5).MajorityOf(Groups{1, 2, 1, 3, 1}), 1);
}

TEST(Nodes, OneNodeIsNoMajority) {
  EXPECT_EQ(Nodes(1).MajorityOf(Groups{1}), std::nullopt);
  EXPECT_EQ(Nodes(std::vector<size_t>{0, 0}).MajorityOf(Groups{1, 1}), std::nullopt);
}

TEST(Nodes, TwoStatesOfANodeHaveOneVote) {
  const Nodes nodes(std::vector<size_t>{0, 0, 2, 3});
  EXPECT_EQ(nodes.count(), 3u);
  EXPECT_EQ(nodes.MajorityOf(Groups{1, 1, 2, 2}), 2);
  EXPECT_EQ(nodes.MajorityOf(Groups{1, 1, 1, 2}), 1);
  // One whose states are in two groups is in none.
  EXPECT_EQ(nodes.MajorityOf(Groups{1, 2, 1, 1}), 1);
  EXPECT_EQ(nodes.MajorityOf(Groups{1, 2, 1, 3}), std::nullopt);
}

TEST(Nodes, WhoseNodeIsNotKnownHasNoVote) {
  const Nodes nodes(std::vector<size_t>{0, 1, Nodes::kNoVote});
  EXPECT_EQ(nodes.count(), 2u);
  EXPECT_EQ(nodes.MajorityOf(Groups{1, 1, 2}), 1);
  EXPECT_EQ(nodes.MajorityOf(Groups{1, 2, 1}), std::nullopt);
}

}  // namespace
}  // namespace etcdf::compare
