#include "yaml/yaml.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::yaml {
namespace {

TEST(Yaml, GivesATree) {
  const auto value = Parse("a: [x, {b: 1}]\nc:\n- d: \"~\"\n  e: ~\n- f\n");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)["a"].items()[0].Text(), "x");
  EXPECT_EQ((*value)["a"].items()[1]["b"].Unsigned(), 1u);
  EXPECT_EQ((*value)["c"].items()[0]["d"].Text(), "~");
  EXPECT_EQ((*value)["c"].items()[0]["e"].kind(), json::Value::Kind::kNull);
  EXPECT_EQ((*value)["c"].items()[1].Text(), "f");
}

TEST(Yaml, ReadsJson) {
  const auto value = Parse(R"({"a": {"b": ["c"]}})");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)["a"]["b"].items()[0].Text(), "c");
}

TEST(Yaml, RefusesWhatIsNoneAndWhatCouldGrow) {
  EXPECT_FALSE(Parse("a: [b"));
  EXPECT_FALSE(Parse("a: &x [1]\nb: *x\n"));
  EXPECT_FALSE(Parse("? [a]\n: b\n"));
  EXPECT_FALSE(Parse(std::string(1000, '[')));
  EXPECT_FALSE(Parse("a: \x01"));
  EXPECT_TRUE(Parse(""));
}

}  // namespace
}  // namespace etcdf::yaml
