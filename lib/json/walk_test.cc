#include "json/json.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::json {
namespace {

// "a.b=text|a.c=5"
std::string Walked(std::string_view document) {
  std::string out;
  Walk(document, [&](auto path, const Scalar& value) {
    if (!out.empty()) out += '|';
    for (size_t i = 0; i < path.size(); ++i) out += (i == 0 ? "" : ".") + path[i];
    out += '=';
    out += value.number ? std::to_string(*value.number) : std::string(value.text);
    if (value.is_true) out += "true";
  });
  return out;
}

TEST(Walk, GivesEachScalarWithItsPath) {
  EXPECT_EQ(Walked(R"({"a":{"b":"text","c":5},"d":[1,{"e":true},null],"f":{}})"),
            "a.b=text|a.c=5|d=1|d.e=true|d=");
}

TEST(Walk, KeepsAll64BitsOfAnId) {
  EXPECT_EQ(Walked(R"({"id":15148243859031212367})"), "id=15148243859031212367");
}

TEST(Walk, RefusesWhatIsNotJson) {
  const auto ignore = [](auto, const Scalar&) {};
  for (const std::string_view document : {"", "{", "{\"a\":}", "{} {}", "{\"a\":\"\xff\"}"}) {
    EXPECT_FALSE(Walk(document, ignore)) << document;
  }
}

TEST(Walk, TakesAnyDepth) {
  std::string document;
  for (int i = 0; i < 200'000; ++i) document += R"({"a":)";
  document += "1" + std::string(200'000, '}');
  size_t depth = 0;
  EXPECT_TRUE(Walk(document, [&](auto path, const Scalar&) { depth = path.size(); }));
  EXPECT_EQ(depth, 200'000u);
}

}  // namespace
}  // namespace etcdf::json
