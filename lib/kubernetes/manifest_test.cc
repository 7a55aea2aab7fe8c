#include "kubernetes/manifest.h"

#include <gtest/gtest.h>

#include <string>

#include "kubernetes/object.h"
#include "kubernetes/print.h"

namespace etcdf::kubernetes {
namespace {

struct Made {
  std::string text;
  Dropped dropped;
};

Made ManifestOf(std::string_view object) {
  ObjectReader reader;
  EXPECT_TRUE(reader.Read(AsBytes(object)));
  Made made;
  made.dropped =
      MakeManifest(reader.document(), [](std::string_view uid) { return uid.starts_with("gone"); });
  AppendJson(made.text, reader.document().root(), {});
  return made;
}

TEST(Manifest, HasNothingThatTheClusterSays) {
  const Made made = ManifestOf(
      R"({"kind":"Pod","metadata":{"creationTimestamp":null,"managedFields":[{"time":"x"}],)"
      R"("name":"a","resourceVersion":"7","uid":"u"},"spec":{"status":1},"status":{"phase":"x"}})");
  EXPECT_EQ(
      made.text,
      R"({"kind":"Pod","metadata":{"creationTimestamp":null,"name":"a"},"spec":{"status":1}})");
  EXPECT_EQ(made.dropped.members, 4U);
}

TEST(Manifest, KeepsTheOwnersThatAreThere) {
  const std::string there = R"({"name":"b","uid":"there"})";
  const std::string gone = R"({"name":"a","uid":"gone-1"})";
  const auto object = [](const std::string& owners) {
    return R"({"metadata":{"name":"x","ownerReferences":[)" + owners + R"(]},"spec":{}})";
  };
  const Made some = ManifestOf(object(gone + "," + there + "," + gone));
  EXPECT_EQ(some.text, object(there));
  EXPECT_EQ(some.dropped.owner_references, 2U);
  EXPECT_EQ(ManifestOf(object(gone)).text, R"({"metadata":{"name":"x"},"spec":{}})");
  EXPECT_EQ(ManifestOf(object("")).text, object(""));
}

TEST(Manifest, TakesWhatIsNoObject) {
  EXPECT_EQ(ManifestOf(R"({"metadata":[1],"status":2})").text, R"({"metadata":[1]})");
  EXPECT_EQ(ManifestOf("{}").text, "{}");
}

}  // namespace
}  // namespace etcdf::kubernetes
