#include "objects/filter.h"

#include <gtest/gtest.h>

#include <string_view>

namespace etcdf::objects {
namespace {

constexpr std::string_view kDeployment = "/registry/deployments/prod/web";
constexpr std::string_view kCronTab = "/registry/stable.example.com/crontabs/prod/nightly";

Decoded Web() {
  Decoded web;
  web.summary.api_version = "apps/v1";
  web.summary.kind = "Deployment";
  web.summary.name_space = "prod";
  web.summary.name = "web";
  return web;
}

TEST(FilterTest, WantsAllUnlessTold) {
  EXPECT_TRUE(Filter{}.Wants(kDeployment, Web()));
  EXPECT_TRUE(Filter{}.Wants("compact_rev_key", {}));
}

TEST(FilterTest, TakesAKindByItsNameOrItsResource) {
  EXPECT_TRUE(Filter{.kind = "Deployment"}.Wants(kDeployment, Web()));
  EXPECT_TRUE(Filter{.kind = "deployments"}.Wants(kDeployment, Web()));
  EXPECT_FALSE(Filter{.kind = "Pod"}.Wants(kDeployment, Web()));
}

TEST(FilterTest, AllThatIsToldMustHold) {
  const Filter filter{.kind = "Deployment", .name_space = "prod", .name = "web"};
  Decoded other = Web();
  EXPECT_TRUE(filter.Wants(kDeployment, other));
  other.summary.name_space = "test";
  EXPECT_FALSE(filter.Wants(kDeployment, other));
}

TEST(FilterTest, TellsTheGroupOfAValueFromItsVersion) {
  EXPECT_TRUE(Filter{.api_group = "apps"}.Wants(kDeployment, Web()));
  EXPECT_FALSE(Filter{.api_group = ""}.Wants(kDeployment, Web()));
}

// As where it is encrypted and the key is not given.
TEST(FilterTest, AsksTheKeyWhereTheValueDoesNotTell) {
  EXPECT_TRUE(Filter{.kind = "crontabs"}.Wants(kCronTab, {}));
  EXPECT_TRUE(Filter{.api_group = "stable.example.com"}.Wants(kCronTab, {}));
  EXPECT_FALSE(Filter{.api_group = "apps"}.Wants(kCronTab, {}));
  EXPECT_FALSE(Filter{.kind = "crontabs"}.Wants("compact_rev_key", {}));
}

TEST(FilterTest, WantsWhatIsEncryptedAloneIfTold) {
  EXPECT_FALSE(Filter{.encrypted = true}.Wants(kDeployment, Web()));
}

TEST(FilterTest, NamesResourceAndGroup) {
  EXPECT_EQ(ResourceOf(kCronTab), "crontabs.stable.example.com");
  EXPECT_EQ(ResourceOf("compact_rev_key"), "");
  EXPECT_EQ(GroupOf("apps/v1"), "apps");
  EXPECT_EQ(GroupOf("v1"), "");
}

}  // namespace
}  // namespace etcdf::objects
