#include "app/cli.h"

#include <gtest/gtest.h>

namespace etcdf::app {
namespace {

using Args = std::vector<std::string>;

TEST(AcceptSingleDash, AddsADashToKnownLongOptionsOnly) {
  const Args known = {"start-index", "raw", "w"};
  EXPECT_EQ(AcceptSingleDash({"-start-index", "5", "-raw=true", "dir"}, known),
            (Args{"--start-index", "5", "--raw=true", "dir"}));
  EXPECT_EQ(AcceptSingleDash({"-w", "json", "--raw", "-rawest", "-"}, known),
            (Args{"-w", "json", "--raw", "-rawest", "-"}));
}

TEST(AcceptSingleDash, LeavesWhatFollowsADoubleDashAlone) {
  EXPECT_EQ(AcceptSingleDash({"--", "-raw"}, {"raw"}), (Args{"--", "-raw"}));
}

}  // namespace
}  // namespace etcdf::app
