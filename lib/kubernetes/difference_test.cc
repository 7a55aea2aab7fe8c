#include "kubernetes/difference.h"

#include <gtest/gtest.h>

#include "kubernetes/object.h"
#include "kubernetes/print.h"

namespace etcdf::kubernetes {
namespace {

// "path: from -> to", a line each.
std::string Differences(std::string_view from, std::string_view to) {
  ObjectReader old;
  ObjectReader fresh;
  EXPECT_TRUE(old.Read(AsBytes(from)) && fresh.Read(AsBytes(to)));
  std::string text;
  for (const FieldChange& change : DifferencesOf(old.document().root(), fresh.document().root())) {
    text += change.path + ":";
    for (const Node* const side : {change.from, change.to}) {
      text += ' ';
      if (side == nullptr) {
        text += '-';
      } else {
        AppendJson(text, *side, {});
      }
    }
    text += '\n';
  }
  return text;
}

TEST(Differences, AreOneForEachLeaf) {
  EXPECT_EQ(Differences(R"({"a":1,"b":{"c":"x","d":true},"e":null})",
                        R"({"a":2,"b":{"c":"x","d":false,"f":{"g":1,"h":{}}}})"),
            "a: 1 2\nb.d: true false\nb.f.g: - 1\nb.f.h: - {}\ne: null -\n");
}

TEST(Differences, NameItemsOfListsByTheirPlace) {
  EXPECT_EQ(Differences(R"({"l":[{"a":1},{"b":2}]})", R"({"l":[{"a":3},{"b":2},{"c":{"d":4}}]})"),
            "l[0].a: 1 3\nl[2]: - {\"c\":{\"d\":4}}\n");
  EXPECT_EQ(Differences(R"({"l":[1,2]})", R"({"l":[]})"), "l[0]: 1 -\nl[1]: 2 -\n");
}

TEST(Differences, EscapeDotsOfNames) {
  EXPECT_EQ(Differences(R"({"m":{"a.b/c":"1"}})", R"({"m":{"a.b/c":"2"}})"),
            "m.a\\.b/c: \"1\" \"2\"\n");
}

TEST(Differences, TellKindsApart) {
  EXPECT_EQ(Differences(R"({"a":1})", R"({"a":"1"})"), "a: 1 \"1\"\n");
  EXPECT_EQ(Differences(R"({"a":{"b":1}})", R"({"a":[1]})"), "a: {\"b\":1} [1]\n");
  EXPECT_EQ(Differences(R"({"a":[]})", R"({"a":{}})"), "a: [] {}\n");
  EXPECT_EQ(Differences(R"({"a":null})", R"({"a":{"b":1}})"), "a: null {\"b\":1}\n");
  EXPECT_EQ(Differences(R"({"a":[1,{"b":[]}]})", R"({"a":[1,{"b":[]}]})"), "");
}

}  // namespace
}  // namespace etcdf::kubernetes
