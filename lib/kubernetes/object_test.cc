// What hostile values may take, and what summaries say.
#include "kubernetes/object.h"

#include <gtest/gtest.h>

#include <string>

#include "kubernetes/print.h"
#include "testing/proto_writer.h"

namespace etcdf::kubernetes {
namespace {

using testing::ProtoWriter;

std::string Stored(std::string_view api_version, std::string_view kind, std::string_view raw) {
  const std::string type = ProtoWriter().Bytes(1, api_version).Bytes(2, kind).bytes();
  return std::string(kProtobufMagic) + ProtoWriter().Bytes(1, type).Bytes(2, raw).bytes();
}

std::string ConfigMapWith(size_t entries) {
  ProtoWriter map;
  for (size_t i = 0; i < entries; ++i) {
    map.Bytes(2, ProtoWriter().Bytes(1, std::to_string(i)).Bytes(2, "").bytes());
  }
  return Stored("v1", "ConfigMap", map.bytes());
}

TEST(ObjectReader, TakesAMillionFields) {
  const std::string value = ConfigMapWith(1'000'000);
  ObjectReader reader;
  ASSERT_TRUE(reader.Read(AsBytes(value)));
  EXPECT_FALSE(reader.flaws().beyond_limits);
  EXPECT_EQ(Member(reader.document().root(), "data")->node_count, 1'000'001u);
}

TEST(ObjectReader, KeepsWhatIsBeyondItsLimitsAsBytes) {
  const std::string value = ConfigMapWith(Document::kMaxNodes + 10);
  ObjectReader reader;
  ASSERT_TRUE(reader.Read(AsBytes(value)));
  EXPECT_TRUE(reader.flaws().beyond_limits);
  EXPECT_NE(Member(reader.document().root(), "@rest"), nullptr);
  EXPECT_LE(reader.document().nodes().size(), 2 * Document::kMaxNodes);

  std::string json = "{\"a\":[0";
  for (size_t i = 0; i <= Document::kMaxNodes; ++i) json += ",1";
  json += "]}";
  ASSERT_TRUE(reader.Read(AsBytes(json)));
  EXPECT_TRUE(reader.flaws().beyond_limits);
  EXPECT_LE(reader.document().nodes().size(), Document::kMaxNodes + 10);
}

TEST(ObjectReader, KeepsWhatFollowsTheObject) {
  const std::string value = R"({"apiVersion":"v1","kind":"Node"} and more)";
  for (const Extent extent : {Extent::kPrinted, Extent::kWhole}) {
    ObjectReader reader;
    ASSERT_TRUE(reader.Read(AsBytes(value), extent));
    EXPECT_TRUE(reader.flaws().is_broken());
    std::string json;
    AppendJson(json, reader.document().root(), {});
    // base64 of " and more"
    EXPECT_EQ(json, R"({"@rest":"IGFuZCBtb3Jl","apiVersion":"v1","kind":"Node"})");
  }
}

TEST(ObjectReader, EndsAtADepth) {
  // JSONSchemaProps within itself: field 28 is `not`.
  std::string schema;
  for (int level = 0; level < 2000; ++level) schema = ProtoWriter().Bytes(28, schema).bytes();
  const std::string version =
      ProtoWriter().Bytes(4, ProtoWriter().Bytes(1, schema).bytes()).bytes();
  const std::string spec = ProtoWriter().Bytes(7, version).bytes();
  const std::string value = Stored("apiextensions.k8s.io/v1", "CustomResourceDefinition",
                                   ProtoWriter().Bytes(2, spec).bytes());
  ObjectReader reader;
  ASSERT_TRUE(reader.Read(AsBytes(value)));
  EXPECT_TRUE(reader.flaws().beyond_limits);

  const std::string json = "{\"a\":" + std::string(9000, '[') + std::string(9000, ']') + "}";
  ASSERT_TRUE(reader.Read(AsBytes(json)));
  EXPECT_TRUE(reader.flaws().beyond_limits);
  EXPECT_FALSE(reader.flaws().is_broken());

  std::string cbor = "\xd9\xd9\xf7\xa1\x61\x61" + std::string(100'000, '\x81');
  ASSERT_TRUE(reader.Read(AsBytes(cbor)));
  EXPECT_TRUE(reader.flaws().beyond_limits);
}

TEST(ObjectReader, TakesALongTextAsAView) {
  const std::string text(32 << 20, 'x');
  const std::string entry = ProtoWriter().Bytes(1, "k").Bytes(2, text).bytes();
  const std::string value = Stored("v1", "ConfigMap", ProtoWriter().Bytes(2, entry).bytes());
  ObjectReader reader;
  ASSERT_TRUE(reader.Read(AsBytes(value)));
  const Node* const data = Member(reader.document().root(), "data");
  const std::string_view kept = Member(*data, "k")->text();
  EXPECT_EQ(kept.size(), text.size());
  EXPECT_GE(kept.data(), value.data());
  EXPECT_LE(kept.data() + kept.size(), value.data() + value.size());
}

// What managers own is put in as it is where it is what they write, and else taken apart.
TEST(ObjectReader, PrintsTheSameWithManagersFieldsAsTheyAre) {
  for (const std::string_view fields :
       {R"({"f:a":{},"f:b":{".":{},"k:{\"name\":\"x\"}":{"f:c":{}}}})", R"({})",
        R"({ "f:b":{},"f:a":{}})", R"({"f:a":1})", R"({"f:ä":{}})", R"({"f:a":{})",
        R"({"f:a":{}}})", R"(["f:a"])"}) {
    const std::string manager =
        ProtoWriter().Bytes(7, ProtoWriter().Bytes(1, fields).bytes()).bytes();
    const std::string value = Stored(
        "v1", "Pod", ProtoWriter().Bytes(1, ProtoWriter().Bytes(17, manager).bytes()).bytes());
    const std::string json =
        R"({"metadata":{"managedFields":[{"fieldsV1":)" + std::string(fields) + "}]}}";
    for (const std::string& each : {value, json}) {
      std::string printed[2];
      for (const bool as_is : {false, true}) {
        ObjectReader reader;
        ASSERT_TRUE(reader.Read(AsBytes(each), as_is ? Extent::kPrinted : Extent::kWhole));
        AppendJson(printed[as_is ? 1 : 0], reader.document().root(), {});
      }
      EXPECT_EQ(printed[0], printed[1]);
    }
  }
}

TEST(Summary, NamesTheLastManagerByTime) {
  constexpr std::string_view kJson =
      R"({"apiVersion":"v1","kind":"X","metadata":{"name":"n","namespace":"ns","uid":"u",)"
      R"("creationTimestamp":"2026-11-30T07:00:00Z","managedFields":[)"
      R"({"manager":"a","operation":"Apply","time":"2026-11-30T07:00:00Z"},)"
      R"({"manager":"b","operation":"Update","subresource":"status","time":"2026-11-30T07:00:02Z"},)"
      R"({"manager":"c","operation":"Update","time":"2026-11-30T07:00:01Z"}]}})";
  for (const Extent extent : {Extent::kWhole, Extent::kMetadata}) {
    ObjectReader reader;
    ASSERT_TRUE(reader.Read(AsBytes(kJson), extent));
    const Summary summary = SummaryOf(reader.document());
    EXPECT_EQ(summary.kind, "X");
    EXPECT_EQ(summary.name_space, "ns");
    EXPECT_EQ(summary.created, "2026-11-30T07:00:00Z");
    ASSERT_TRUE(summary.last_change);
    EXPECT_EQ(summary.last_change->manager, "b");
    EXPECT_EQ(summary.last_change->subresource, "status");
  }
}

TEST(Summary, OfNothingIsEmpty) {
  ObjectReader reader;
  EXPECT_FALSE(reader.Read(AsBytes("1234")));
  EXPECT_EQ(reader.media(), Media::kOther);
  EXPECT_TRUE(SummaryOf(reader.document()).kind.empty());
}

TEST(Document, SetsAMemberInItsPlace) {
  ObjectReader reader;
  ASSERT_TRUE(reader.Read(AsBytes(R"({"metadata":{"a":1,"z":{"b":2}},"y":[1]})")));
  reader.SetResourceVersion(5);
  std::string out;
  AppendJson(out, reader.document().root(), {});
  EXPECT_EQ(out, R"({"metadata":{"a":1,"resourceVersion":"5","z":{"b":2}},"y":[1]})");
  reader.SetResourceVersion(6);
  out.clear();
  AppendJson(out, reader.document().root(), {});
  EXPECT_EQ(out, R"({"metadata":{"a":1,"resourceVersion":"6","z":{"b":2}},"y":[1]})");
}

}  // namespace
}  // namespace etcdf::kubernetes
