#include "cluster/partition.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::cluster {
namespace {

using Classes = std::vector<std::vector<size_t>>;

// Each member with its state, as a letter, and all known of each other. A member that has not come
// as far has a small letter: it is known to be the same as whoever has its capital or `any`.
Relations Known(std::string_view states) {
  Relations relations(states.size());
  for (size_t i = 0; i < states.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (states[i] == '?' || states[j] == '?') continue;
      const bool same = states[i] == states[j] || states[i] == '*' || states[j] == '*';
      relations.Set(i, j, same ? Relation::kSame : Relation::kDifferent);
    }
  }
  return relations;
}

Partition Of(std::string_view states) {
  std::vector<uint64_t> reach;
  for (const char state : states) reach.push_back(state == '*' ? 1 : state == '?' ? 0 : 2);
  return MakePartition(Known(states), reach, compare::Nodes(states.size()));
}

TEST(Partition, AMajorityIsMoreThanHalf) {
  const Partition three = Of("aab");
  EXPECT_EQ(three.classes, (Classes{{0, 1}, {2}}));
  EXPECT_TRUE(three.has_majority);
  EXPECT_EQ(three.minority, std::vector<size_t>{2});
  EXPECT_EQ(Of("abcaa").minority, (std::vector<size_t>{1, 2}));
}

TEST(Partition, TheMostFrequentStateIsNoMajority) {
  for (const std::string_view states : {"aabc", "aabcd", "aabb", "ab"}) {
    const Partition partition = Of(states);
    EXPECT_FALSE(partition.has_majority) << states;
    EXPECT_TRUE(partition.minority.empty()) << states;
  }
  EXPECT_EQ(Of("bcaad").classes, (Classes{{2, 3}, {0}, {1}, {4}}));
}

TEST(Partition, WhoHasNotComeToWhereTheOthersPartIsInNeitherClass) {
  const Partition partition = Of("a*b");
  EXPECT_EQ(partition.classes, (Classes{{0}, {1}, {2}}));
  EXPECT_EQ(partition.unplaced, std::vector<size_t>{1});
  EXPECT_EQ(Of("a*a").classes, (Classes{{0, 1, 2}}));
  EXPECT_TRUE(Of("a*a").unplaced.empty());
}

TEST(Partition, ThoseThatMayBeOfTheSameClassesAreTogether) {
  const Partition partition = Of("a**b");
  EXPECT_EQ(partition.classes, (Classes{{1, 2}, {0}, {3}}));
  EXPECT_EQ(partition.unplaced, (std::vector<size_t>{1, 2}));
}

// The last has come less far, and its log shows that it is of the first class, not of the second.
TEST(Partition, WhoIsInNeitherClassDoesNotKeepOthersFromTheirs) {
  Relations relations = Known("ab*a");
  const Partition partition =
      MakePartition(relations, std::vector<uint64_t>{3, 3, 2, 1}, compare::Nodes(4));
  EXPECT_EQ(partition.classes, (Classes{{0, 3}, {1}, {2}}));
  EXPECT_EQ(partition.unplaced, std::vector<size_t>{2});
}

TEST(Partition, WhoCannotBeComparedIsNotSaidToDiffer) {
  const Partition partition = Of("aa?");
  EXPECT_EQ(partition.classes, (Classes{{0, 1}, {2}}));
  EXPECT_EQ(partition.unplaced, std::vector<size_t>{2});
  EXPECT_TRUE(partition.minority.empty());
}

TEST(Partition, TwoStatesOfOneNodeAreOneWitness) {
  const auto of = [](std::string_view states, std::vector<size_t> nodes) {
    return MakePartition(Known(states), std::vector<uint64_t>(states.size()),
                         compare::Nodes(std::move(nodes)));
  };
  EXPECT_FALSE(of("aab", {1, 1, 2}).has_majority);
  EXPECT_EQ(of("aabc", {1, 1, 2, 3}).minority, std::vector<size_t>{});
  // A node whose states differ votes for nobody.
  EXPECT_FALSE(of("aba", {1, 1, 2}).has_majority);
  EXPECT_EQ(of("abaa", {1, 1, 2, 3}).minority, std::vector<size_t>{1});
  EXPECT_FALSE(of("aab", {1, compare::Nodes::kNoVote, 2}).has_majority);
}

}  // namespace
}  // namespace etcdf::cluster
