#include "objects/write_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kubernetes/object.h"

namespace etcdf::objects {
namespace {

// A ConfigMap with these entries of managedFields and this of data.
std::string ConfigMap(const std::string& managers, const std::string& data) {
  return R"({"apiVersion":"v1","data":{)" + data +
         R"(},"kind":"ConfigMap","metadata":{"generation":1,"managedFields":[)" + managers +
         R"(],"name":"flags","namespace":"shop"}})";
}

std::string Entry(const std::string& manager, const std::string& time,
                  const std::string& fields = "{}") {
  return R"({"manager":")" + manager + R"(","operation":"Update","time":"2026-11-30T07:00:)" +
         time + R"(Z","fieldsV1":)" + fields + "}";
}

class WriteReaderTest : public ::testing::Test {
 protected:
  const Write& Update(const std::string& before, const std::string& now) {
    before_value_ = before;
    value_ = now;
    return reader_.Read({.key = AsBytes("/registry/configmaps/shop/flags"),
                         .value = AsBytes(value_),
                         .mod_revision = 9,
                         .before = Before::kKnown,
                         .value_before = AsBytes(before_value_)});
  }

  std::string file_ = "db";
  FindingList findings_;
  Tools tools_ = *Tools::Load({});
  WriteReader reader_{tools_, file_, findings_};
  std::string value_;
  std::string before_value_;
};

TEST_F(WriteReaderTest, TheEntryThatIsNewIsOfTheWrite) {
  const Write& write = Update(
      ConfigMap(Entry("helm", "01"), R"("a":"1")"),
      ConfigMap(Entry("helm", "01") + "," + Entry("kubectl-edit", "01"), R"("a":"2","b.c":"3")"));
  EXPECT_EQ(write.verb, WriteVerb::kUpdate);
  EXPECT_EQ(write.manager, "kubectl-edit");
  EXPECT_EQ(write.operation, "Update");
  EXPECT_EQ(write.fields, (std::vector<std::string>{"data.a", R"(data.b\.c)"}));
  EXPECT_EQ(write.object->summary.name, "flags");
}

TEST_F(WriteReaderTest, WithinOneSecondItIsWhoOwnsWhatChanged) {
  const std::string managers = Entry("helm", "01", R"({"f:data":{".":{},"f:a":{}}})") + "," +
                               Entry("argocd", "01", R"({"f:data":{"f:b":{}}})");
  EXPECT_EQ(
      Update(ConfigMap(managers, R"("a":"1","b":"1")"), ConfigMap(managers, R"("a":"1","b":"2")"))
          .manager,
      "argocd");
  // Of two owners none is named, and none for what nobody owns.
  EXPECT_EQ(
      Update(ConfigMap(managers, R"("a":"1","b":"1")"), ConfigMap(managers, R"("a":"2","b":"2")"))
          .manager,
      "");
  EXPECT_EQ(Update(ConfigMap(managers, R"("c":"1")"), ConfigMap(managers, R"("c":"2")")).manager,
            "");
}

TEST_F(WriteReaderTest, OldEntriesDoNotNameWhoTookAFieldAway) {
  const std::string managers = Entry("helm", "01", R"({"f:data":{"f:a":{}}})");
  const Write& write =
      Update(ConfigMap(managers, R"("a":"1","b":"1")"), ConfigMap(managers, R"("a":"1")"));
  EXPECT_EQ(write.manager, "");
  EXPECT_EQ(write.fields, std::vector<std::string>{"data.b"});
}

TEST_F(WriteReaderTest, ADeletionIsToldByWhatWasThere) {
  const std::string before = ConfigMap(Entry("helm", "01"), "");
  const Write& write = reader_.Read({.key = AsBytes("/registry/configmaps/shop/flags"),
                                     .is_delete = true,
                                     .before = Before::kKnown,
                                     .value_before = AsBytes(before)});
  EXPECT_EQ(write.verb, WriteVerb::kDelete);
  EXPECT_EQ(write.object->summary.kind, "ConfigMap");
  EXPECT_EQ(write.manager, "");
}

TEST_F(WriteReaderTest, WhatIsNoObjectHasNoFields) {
  const Write& write = Update("1", "2");
  EXPECT_FALSE(write.fields_are_known);
  EXPECT_TRUE(write.fields.empty());
}

bool Owns(const std::string& fields, std::string_view path) {
  kubernetes::ObjectReader reader;
  reader.Read(AsBytes(fields));
  return OwnsField(reader.document().root(), path);
}

TEST(OwnsFieldTest, ByTheWayDown) {
  const std::string fields =
      R"({"f:spec":{"f:replicas":{},"f:containers":{"k:{\"name\":\"app\"}":{"f:image":{}}},)"
      R"("f:selector":{}},"f:metadata":{"f:annotations":{".":{},"f:a.b/c":{}}}})";
  EXPECT_TRUE(Owns(fields, "spec.replicas"));
  EXPECT_TRUE(Owns(fields, "spec.containers[0].image"));
  EXPECT_TRUE(Owns(fields, "spec.selector.app"));
  EXPECT_TRUE(Owns(fields, R"(metadata.annotations.a\.b/c)"));
  EXPECT_FALSE(Owns(fields, "spec.nodeName"));
  EXPECT_FALSE(Owns(fields, "metadata.annotations.a"));
  EXPECT_FALSE(Owns(fields, "status.phase"));
  EXPECT_FALSE(Owns("{}", "spec"));
}

}  // namespace
}  // namespace etcdf::objects
