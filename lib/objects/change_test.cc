#include "objects/change.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::objects {
namespace {

std::string Object(const std::string& metadata, const std::string& rest) {
  return R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a")" + metadata + "}" + rest +
         "}";
}

class ChangeTest : public ::testing::Test {
 protected:
  const Change& Of(const std::string& from, const std::string& to, FieldOptions fields = {},
                   int64_t lease = 0) {
    from_ = from;
    to_ = to;
    comparer_.emplace(*tools_, file_, file_, fields, findings_);
    const StoredObject old{
        .stored = {.key = AsBytes(key_), .value = AsBytes(from_), .mod_revision = 2}};
    const StoredObject fresh{
        .stored = {.key = AsBytes(key_), .value = AsBytes(to_), .mod_revision = 3}, .lease = lease};
    return comparer_->Compare(&old, &fresh);
  }

  static std::string Paths(const Change& change) {
    std::string paths;
    for (const auto& field : change.fields) {
      paths += field.path;
      paths += field.from == nullptr ? "+ " : field.to == nullptr ? "- " : " ";
    }
    return paths;
  }

  std::string key_ = "/registry/configmaps/ns/a";
  std::string file_ = "db";
  std::string from_;
  std::string to_;
  FindingList findings_;
  Result<Tools> tools_ = Tools::Load({});
  std::optional<Comparer> comparer_;
};

TEST_F(ChangeTest, WhatTheServerWritesIsFolded) {
  const std::string old = Object(R"(,"generation":1)", R"(,"spec":{"x":1},"status":{"y":1})");
  const Change& status =
      Of(old, Object(R"(,"generation":2)", R"(,"spec":{"x":1},"status":{"y":2})"));
  EXPECT_EQ(status.kind, ChangeKind::kOnlyStatus);
  EXPECT_EQ(Paths(status), "status.y ");
  const Change& spec = Of(old, Object(R"(,"generation":2)", R"(,"spec":{"x":3},"status":{"y":2})"));
  EXPECT_EQ(spec.kind, ChangeKind::kChanged);
  EXPECT_EQ(Paths(spec), "spec.x status.y ");
  const Change& all =
      Of(old, Object(R"(,"generation":2)", R"(,"spec":{"x":3},"status":{"y":1})"), {.all = true});
  EXPECT_EQ(Paths(all), "metadata.generation metadata.resourceVersion spec.x ");
  const Change& same = Of(old, old);
  EXPECT_EQ(same.kind, ChangeKind::kRewritten);
  EXPECT_EQ(Paths(same), "");
  EXPECT_EQ(Of(old, Object(R"(,"generation":1)", R"(,"spec":{"x":1},"statusX":1)")).kind,
            ChangeKind::kChanged);
}

TEST_F(ChangeTest, OtherProgramsKeysHaveNoStatusToFold) {
  key_ = "app/config";
  EXPECT_EQ(Paths(Of(R"({"status":1})", R"({"status":2})")), "status ");
  const Change& bytes = Of("one", "two", {}, 0x1f);
  EXPECT_EQ(bytes.kind, ChangeKind::kChanged);
  EXPECT_EQ(Paths(bytes), "value lease+ ");
  EXPECT_EQ(bytes.fields.front().to->text(), "two");
  EXPECT_EQ(Paths(Of("{}", "not JSON")), "value ");
}

TEST_F(ChangeTest, ASecretsBytesAreClosed) {
  key_ = "/registry/secrets/ns/a";
  const Change& change = Of("one", "two");
  ASSERT_EQ(Paths(change), "value ");
  EXPECT_TRUE(change.fields.front().from->closed);
  EXPECT_TRUE(change.fields.front().to->closed);
}

TEST_F(ChangeTest, WhatIsEncryptedCannotBeTold) {
  const std::string sealed = "k8s:enc:aescbc:v1:key1:0123456789abcdef0123456789abcdef";
  EXPECT_EQ(Of(sealed, sealed + "0123456789abcdef").kind, ChangeKind::kNotOpened);
  EXPECT_EQ(Of(sealed, Object("", "")).kind, ChangeKind::kNotOpened);
  EXPECT_EQ(Of(sealed, sealed).kind, ChangeKind::kRewritten);
}

TEST_F(ChangeTest, ByTheNewestEntryThatIsNew) {
  const auto with = [](const std::string& entries) {
    return Object(R"(,"managedFields":[)" + entries + "]", "");
  };
  const std::string a = R"({"manager":"a","time":"2026-11-30T07:00:09Z"})";
  const std::string b = R"({"manager":"b","time":"2026-11-30T07:00:05Z"})";
  EXPECT_EQ(Of(with(a), with(a + "," + b)).by.value().manager, "b");
  EXPECT_EQ(Of(with(b), with(a + "," + b)).by.value().manager, "a");
  EXPECT_FALSE(Of(with(a + "," + b), with(a)).by);
}

}  // namespace
}  // namespace etcdf::objects
