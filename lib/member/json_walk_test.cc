#include "member/json_walk.h"

#include <gtest/gtest.h>

#include <string>

#include "member/membership.h"

namespace etcdf::member {
namespace {

// "a.b=text|a.c=5"
std::string Walked(std::string_view document) {
  std::string out;
  WalkJson(AsBytes(document), [&](auto path, const JsonScalar& value) {
    if (!out.empty()) out += '|';
    for (size_t i = 0; i < path.size(); ++i) out += (i == 0 ? "" : ".") + path[i];
    out += '=';
    out += value.number ? std::to_string(*value.number) : std::string(value.text);
    if (value.is_true) out += "true";
  });
  return out;
}

TEST(WalkJson, GivesEachScalarWithItsPath) {
  EXPECT_EQ(Walked(R"({"a":{"b":"text","c":5},"d":[1,{"e":true},null],"f":{}})"),
            "a.b=text|a.c=5|d=1|d.e=true|d=");
}

TEST(WalkJson, KeepsAll64BitsOfAnId) {
  EXPECT_EQ(Walked(R"({"id":15148243859031212367})"), "id=15148243859031212367");
}

TEST(WalkJson, RefusesWhatIsNotJson) {
  const auto ignore = [](auto, const JsonScalar&) {};
  for (const std::string_view document : {"", "{", "{\"a\":}", "{} {}", "{\"a\":\"\xff\"}"}) {
    EXPECT_FALSE(WalkJson(AsBytes(document), ignore)) << document;
  }
}

TEST(WalkJson, TakesAnyDepth) {
  std::string document;
  for (int i = 0; i < 200'000; ++i) document += R"({"a":)";
  document += "1" + std::string(200'000, '}');
  size_t depth = 0;
  EXPECT_TRUE(
      WalkJson(AsBytes(document), [&](auto path, const JsonScalar&) { depth = path.size(); }));
  EXPECT_EQ(depth, 200'000u);
}

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
