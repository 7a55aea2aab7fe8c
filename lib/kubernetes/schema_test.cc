#include "kubernetes/schema.h"

#include <gtest/gtest.h>

#include <string>

#include "kubernetes/object.h"
#include "kubernetes/print.h"
#include "testing/proto_writer.h"

namespace etcdf::kubernetes {
namespace {

using testing::ProtoWriter;

std::string_view NameOf(std::string_view api_version, std::string_view kind) {
  const Message* const message = Schema::BuiltIn().FindKind(api_version, kind);
  return message == nullptr ? "none" : message->name();
}

TEST(Schema, FindsTheMessageOfAKind) {
  EXPECT_EQ(NameOf("v1", "Pod"), "k8s.io.api.core.v1.Pod");
  EXPECT_EQ(NameOf("apps/v1", "Deployment"), "k8s.io.api.apps.v1.Deployment");
  EXPECT_EQ(NameOf("rbac.authorization.k8s.io/v1", "Role"), "k8s.io.api.rbac.v1.Role");
  EXPECT_EQ(NameOf("internal.apiserver.k8s.io/v1alpha1", "StorageVersion"),
            "k8s.io.api.apiserverinternal.v1alpha1.StorageVersion");
  EXPECT_EQ(NameOf("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition");
  EXPECT_EQ(NameOf("apiregistration.k8s.io/v1", "APIService"),
            "k8s.io.kube_aggregator.pkg.apis.apiregistration.v1.APIService");
  EXPECT_EQ(NameOf("route.openshift.io/v1", "Route"), "github.com.openshift.api.route.v1.Route");
  EXPECT_EQ(NameOf("v1", "Status"), "k8s.io.apimachinery.pkg.apis.meta.v1.Status");
}

TEST(Schema, KnowsNoKindOfAnotherDomain) {
  EXPECT_EQ(NameOf("apps.example.com/v1", "Deployment"), "none");
  EXPECT_EQ(NameOf("v1", "Deployment"), "none");
  EXPECT_EQ(NameOf("apps/v9", "Deployment"), "none");
  EXPECT_EQ(NameOf("", ""), "none");
}

TEST(Schema, FieldsAreFoundByTheirNumbers) {
  for (const Message& message : BuiltInMessages()) {
    for (const Field& field : message.fields()) {
      EXPECT_EQ(FindField(message, field.number), &field) << message.name();
      const bool has_message = field.type == Type::kMessage;
      EXPECT_EQ(field.message != nullptr, has_message) << message.name() << " " << field.name();
    }
    EXPECT_EQ(FindField(message, 1u << 28), nullptr);
  }
}

// The message example.v1.Widget of a FileDescriptorSet: name, size, parts of its own type, labels.
std::string WidgetDescriptors() {
  const auto field = [](std::string_view name, uint32_t number, uint32_t label, uint32_t type,
                        std::string_view type_name = {}) {
    ProtoWriter writer;
    writer.Bytes(1, name).Number(3, number).Number(4, label).Number(5, type);
    if (!type_name.empty()) writer.Bytes(6, type_name);
    return writer.bytes();
  };
  const std::string entry = ProtoWriter()
                                .Bytes(1, "LabelsEntry")
                                .Bytes(2, field("key", 1, 1, 9))
                                .Bytes(2, field("value", 2, 1, 9))
                                .Bytes(7, ProtoWriter().Number(7, 1).bytes())
                                .bytes();
  const std::string widget =
      ProtoWriter()
          .Bytes(1, "Widget")
          .Bytes(2, field("metadata", 1, 1, 11, ".k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta"))
          .Bytes(2, field("size", 2, 1, 17))
          .Bytes(2, field("parts", 3, 3, 11, ".example.v1.Widget"))
          .Bytes(2, field("labels", 4, 3, 11, ".example.v1.Widget.LabelsEntry"))
          .Bytes(2, field("ratio", 5, 1, 2))
          .Bytes(3, entry)
          .bytes();
  const std::string file =
      ProtoWriter().Bytes(1, "widget.proto").Bytes(2, "example.v1").Bytes(4, widget).bytes();
  return ProtoWriter().Bytes(1, file).bytes();
}

TEST(Schema, TakesTypesOfTheUsersOwn) {
  Schema schema;
  ASSERT_TRUE(schema.AddDescriptors(AsBytes(WidgetDescriptors())));
  ASSERT_NE(schema.FindKind("example.com/v1", "Widget"), nullptr);

  const std::string label = ProtoWriter().Bytes(1, "a").Bytes(2, "b").bytes();
  const std::string raw = ProtoWriter()
                              .Bytes(1, ProtoWriter().Bytes(1, "w").bytes())
                              .Number(2, 3)  // zigzag of -2
                              .Bytes(3, ProtoWriter().Number(2, 2).bytes())
                              .Bytes(4, label)
                              .bytes();
  const std::string type = ProtoWriter().Bytes(1, "example.com/v1").Bytes(2, "Widget").bytes();
  const std::string value =
      std::string(kProtobufMagic) + ProtoWriter().Bytes(1, type).Bytes(2, raw).bytes();
  ObjectReader reader(schema);
  ASSERT_TRUE(reader.Read(AsBytes(value)));
  std::string out;
  AppendJson(out, reader.document().root(), {});
  EXPECT_EQ(out, R"({"apiVersion":"example.com/v1","kind":"Widget","labels":{"a":"b"},)"
                 R"("metadata":{"name":"w"},"parts":[{"size":1}],"size":-2})");
}

TEST(Schema, RefusesWhatIsNoDescriptorSet) {
  Schema schema;
  EXPECT_FALSE(schema.AddDescriptors(AsBytes("not a descriptor set")));
  EXPECT_TRUE(schema.AddDescriptors({}));
}

}  // namespace
}  // namespace etcdf::kubernetes
