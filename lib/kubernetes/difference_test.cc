#include "kubernetes/difference.h"

#include <gtest/gtest.h>

#include "kubernetes/object.h"
#include "kubernetes/print.h"
#include "kubernetes/schema.h"

namespace etcdf::kubernetes {
namespace {

// "path: from -> to", a line each.
std::string Differences(std::string_view from, std::string_view to, const Message* type = nullptr) {
  ObjectReader old;
  ObjectReader fresh;
  EXPECT_TRUE(old.Read(AsBytes(from)) && fresh.Read(AsBytes(to)));
  std::string text;
  for (const FieldChange& change :
       DifferencesOf(old.document().root(), fresh.document().root(), type)) {
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

TEST(Differences, NameItemsByTheirMergeKey) {
  const Message* const pod = Schema::BuiltIn().FindKind("v1", "Pod");
  const auto spec = [](const std::string& containers) {
    return R"({"spec":{"containers":[)" + containers + "]}}";
  };
  const std::string app = R"({"image":"a","name":"app","ports":[{"containerPort":80}]})";
  const std::string side = R"({"image":"b","name":"side"})";
  EXPECT_EQ(Differences(spec(app), spec(side + "," + app), pod),
            "spec.containers[name=side]: - {\"image\":\"b\",\"name\":\"side\"}\n");
  EXPECT_EQ(Differences(spec(app + "," + side),
                        spec(R"({"image":"a","name":"app","ports":[{"containerPort":80,)"
                             R"("hostPort":81}]})"),
                        pod),
            "spec.containers[name=app].ports[containerPort=80].hostPort: - 81\n"
            "spec.containers[name=side]: {\"image\":\"b\",\"name\":\"side\"} -\n");
  // Their order alone; two of one key; what is no object.
  EXPECT_EQ(Differences(spec(app + "," + side), spec(side + "," + app), pod)
                .substr(0, sizeof "spec.containers:" - 1),
            "spec.containers:");
  EXPECT_EQ(Differences(spec(side + "," + side), spec(side), pod),
            "spec.containers[1]: {\"image\":\"b\",\"name\":\"side\"} -\n");
  EXPECT_EQ(Differences(spec("1"), spec("1,2"), pod), "spec.containers[1]: - 2\n");
}

TEST(Differences, KnowTheTypesWithinOthers) {
  const Message* const set = Schema::BuiltIn().FindKind("apps/v1", "Deployment");
  const auto spec = [](const std::string& rest) {
    return R"({"spec":{"template":{"spec":{"initContainers":[)" + rest + "]}}}}";
  };
  EXPECT_EQ(Differences(spec(R"({"name":"a","env":[{"name":"]","value":"1"}]})"),
                        spec(R"({"name":"a","env":[{"name":"]","value":"2"}]})"), set),
            "spec.template.spec.initContainers[name=a].env[name=\\]].value: \"1\" \"2\"\n");
  EXPECT_EQ(Differences(R"({"status":{}})", R"({"status":{"conditions":[{"type":"Ready"}]}})", set),
            "status.conditions[type=Ready]: - {\"type\":\"Ready\"}\n");
  // What kubectl merges by no key is told by place.
  EXPECT_EQ(Differences(R"({"spec":{"selector":{"matchExpressions":[{"key":"a"}]}}})",
                        R"({"spec":{"selector":{"matchExpressions":[{"key":"b"}]}}})", set),
            "spec.selector.matchExpressions[0].key: \"a\" \"b\"\n");
}

}  // namespace
}  // namespace etcdf::kubernetes
