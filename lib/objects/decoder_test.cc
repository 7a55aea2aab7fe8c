#include "objects/decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace etcdf::objects {
namespace {

Finding Named(std::string what) {
  return {.kind = {"test.odd", Severity::kNote}, .file = "db", .what = std::move(what)};
}

// Two decoders have met the same kind at once; it is told of the value that comes first.
TEST(HeldFindingsTest, WhatIsSaidOnceIsSaidOfTheFirst) {
  const Tools tools = *Tools::Load({});
  HeldFindings first;
  HeldFindings second;
  EXPECT_TRUE(second.IsNew("kind Widget"));
  second.Report(Named("Widget of the second"));
  EXPECT_FALSE(second.IsNew("kind Widget"));
  second.Report(Named("a broken value"));
  EXPECT_TRUE(first.IsNew("kind Widget"));
  first.Report(Named("Widget of the first"));
  first.Report(Named("another broken value"));

  FindingList findings;
  first.PassOn(tools, findings);
  second.PassOn(tools, findings);
  first.PassOn(tools, findings);  // nothing is left
  std::vector<std::string> told;
  for (const Finding& finding : findings.findings()) told.push_back(finding.what);
  EXPECT_EQ(told, (std::vector<std::string>{"Widget of the first", "another broken value",
                                            "a broken value"}));
}

}  // namespace
}  // namespace etcdf::objects
