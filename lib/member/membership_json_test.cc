#include <gtest/gtest.h>

#include "member/membership.h"

namespace etcdf::member {
namespace {

TEST(Membership, ReadsAConfState) {
  const auto state = ParseConfStateJson(
      AsBytes(R"({"voters":[1,2],"learners":[3],"voters_outgoing":[4],"auto_leave":true})"));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->voters, (std::vector<uint64_t>{1, 2}));
  EXPECT_TRUE(state->auto_leave);
  const Membership membership = MembershipOf(*state);
  EXPECT_EQ(membership.size(), 4u);
  EXPECT_EQ(membership.at(3).standing, Standing::kLearner);
  EXPECT_EQ(membership.at(4).standing, Standing::kMember);
}

TEST(Membership, OfTheV2StoreIsNothingWhereTheJsonIsAnother) {
  EXPECT_FALSE(ParseV2Membership(AsBytes(R"({"voters":[1]})")));
  EXPECT_FALSE(ParseV2Membership(AsBytes("5 ")));
}

}  // namespace
}  // namespace etcdf::member
