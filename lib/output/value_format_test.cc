#include "output/value_format.h"

#include <gtest/gtest.h>

namespace etcdf::output {
namespace {

TEST(ValueStyleByName, KnowsTheFiveStylesAndNoOther) {
  EXPECT_EQ(ValueStyleByName("quoted"), ValueStyle::kQuoted);
  EXPECT_EQ(ValueStyleByName("hex"), ValueStyle::kHex);
  EXPECT_EQ(ValueStyleByName("base64"), ValueStyle::kBase64);
  EXPECT_EQ(ValueStyleByName("size"), ValueStyle::kSize);
  EXPECT_EQ(ValueStyleByName("none"), ValueStyle::kNone);
  EXPECT_EQ(ValueStyleByName("Quoted"), std::nullopt);
  EXPECT_EQ(ValueStyleByName(""), std::nullopt);
}

}  // namespace
}  // namespace etcdf::output
