#include "json/json.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::json {
namespace {

Value Parsed(std::string_view text) {
  auto value = Parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *std::move(value) : Value();
}

TEST(Json, WholeNumbersAreExactAsNumbersAndAsStrings) {
  const Value value = Parsed(R"({"max":18446744073709551615,"text":"18446744073709551615",
      "min":-9223372036854775808,"minus":"-1","zero":0})");
  EXPECT_EQ(value["max"].Unsigned(), UINT64_MAX);
  EXPECT_EQ(value["text"].Unsigned(), UINT64_MAX);
  EXPECT_EQ(value["min"].Signed(), INT64_MIN);
  EXPECT_EQ(value["minus"].Signed(), -1);
  EXPECT_EQ(value["zero"].Unsigned(), 0u);
}

TEST(Json, WhatIsNoWholeNumberOrDoesNotFitIsNothing) {
  const Value value = Parsed(R"({"big":18446744073709551616,"minus":-1,"half":0.5,"e":1e3,
      "empty":"","blank":" 1","plus":"+1","tail":"1x","nul":"1\u0000","true":true,"list":[1]})");
  for (const Value& item : value.items()) EXPECT_FALSE(item.Unsigned()) << item.name();
  EXPECT_FALSE(Parsed("9223372036854775808").Signed());
}

TEST(Json, EachKindAnswersForItselfOnly) {
  const Value value = Parsed(R"({"t":true,"f":false,"n":null,"s":"a\u00e9\u0000\n","a":["x",2]})");
  EXPECT_EQ(value["t"].Bool(), true);
  EXPECT_EQ(value["f"].Bool(), false);
  EXPECT_FALSE(value["n"].Bool());
  EXPECT_FALSE(value["s"].Bool());
  EXPECT_EQ(value["s"].Text(), std::string_view("a\xc3\xa9\0\n", 5));
  EXPECT_FALSE(value["t"].Text());
  ASSERT_EQ(value["a"].items().size(), 2u);
  EXPECT_EQ(value["a"].items()[0].Text(), "x");
  EXPECT_EQ(value["a"].items()[1].Unsigned(), 2u);
  EXPECT_EQ(value["n"].kind(), Value::Kind::kNull);
}

TEST(Json, APathThatIsNotThereEndsInNull) {
  const Value value = Parsed(R"({"a":{"b":1},"l":[{"b":2}]})");
  EXPECT_EQ(value["a"]["b"].Unsigned(), 1u);
  EXPECT_EQ(value["a"]["c"]["d"].kind(), Value::Kind::kNull);
  EXPECT_EQ(value["l"]["b"].kind(), Value::Kind::kNull);
}

TEST(Json, TheLastOfTwoMembersOfOneNameCounts) {
  EXPECT_EQ(Parsed(R"({"a":1,"a":2})")["a"].Unsigned(), 2u);
}

TEST(Json, WhiteSpaceAroundTheValueIsAllowedAndNothingElse) {
  EXPECT_EQ(Parsed(" \t\r\n{ \"a\" : 1 } \n")["a"].Unsigned(), 1u);
  for (const std::string_view text :
       {"", " ", "{} {}", "{}x", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "\"\x01\"", "\"\\x\"", "01",
        "nul", "NaN", "// c\n{}", "<html></html>", "\"\xff\"", "\"\xed\xa0\x80\"", "\"\\ud800\""}) {
    EXPECT_FALSE(Parse(text)) << text;
  }
  EXPECT_FALSE(Parse(std::string_view("{}\0x", 4)));
}

TEST(Json, AWalkVisitsEveryScalarWithTheNamesThatLeadToIt) {
  std::string seen;
  const bool is_json =
      Walk(R"({"a":{"b":"x","l":[1,{"c":18446744073709551615}]},"t":true,"m":-1,"n":null,"e":{}})",
           [&](std::span<const std::string> path, const Scalar& value) {
             for (const std::string& name : path) seen += "/" + name;
             seen += " " + std::string(value.text);
             if (value.number) seen += std::to_string(*value.number);
             seen += value.is_true ? "true\n" : "\n";
           });
  EXPECT_TRUE(is_json);
  EXPECT_EQ(seen, "/a/b x\n/a/l 1\n/a/l/c 18446744073709551615\n/t true\n/m \n/n \n");
}

TEST(Json, AWalkGoesAsFarAsTheTextIsJson) {
  size_t visited = 0;
  const auto count = [&](std::span<const std::string>, const Scalar&) { ++visited; };
  EXPECT_FALSE(Walk("[1,2,}", count));
  EXPECT_EQ(visited, 2u);
  EXPECT_FALSE(Walk(std::string_view("{}\0x", 4), count));
  // A walk keeps nothing of what lies around.
  EXPECT_TRUE(Walk(std::string(100'000, '[') + "7" + std::string(100'000, ']'), count));
  EXPECT_EQ(visited, 3u);
}

TEST(Json, DepthAndNumberOfValuesAreLimited) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Parse(nested(kMaxDepth)));
  const auto too_deep = Parse(nested(kMaxDepth + 1));
  ASSERT_FALSE(too_deep);
  EXPECT_EQ(too_deep.error().Message(), "JSON with too many values, or too deeply nested");
  EXPECT_FALSE(Parse(std::string(1'000'000, '[')));

  const auto list = [](size_t values) {
    std::string text = "[0";
    for (size_t i = 1; i < values; ++i) text += ",0";
    return text + "]";
  };
  EXPECT_TRUE(Parse(list(kMaxValues - 1)));  // and the list itself
  EXPECT_FALSE(Parse(list(kMaxValues)));
}

}  // namespace
}  // namespace etcdf::json
