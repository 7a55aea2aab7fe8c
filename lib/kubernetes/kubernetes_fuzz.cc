// Any bytes as a stored value: in bounds, and whatever is printed of it is JSON.
//
// The first byte tells the form: as it is, or as the object of a type, so that the tables are
// walked.
#include <string>
#include <vector>

#include "json/scanner.h"
#include "kubernetes/hide_leaves.h"
#include "kubernetes/object.h"
#include "kubernetes/print.h"
#include "kubernetes/redaction.h"
#include "testing/fuzz.h"
#include "testing/proto_writer.h"

namespace etcdf::kubernetes {
namespace {

using testing::Require;

struct TypeName {
  const char* api_version;
  const char* kind;
};
constexpr TypeName kTypes[] = {
    {"v1", "Pod"},
    {"v1", "Secret"},
    {"apps/v1", "Deployment"},
    {"v1", "Event"},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition"},
    {"authentication.k8s.io/v1", "TokenReview"},
    {"apps/v1", "ControllerRevision"},
    {"example.com/v1", "Widget"},
};

std::string ValueOf(Bytes input) {
  if (input.empty()) return {};
  const std::string_view rest = AsText(input.subspan(1));
  if (input[0] >= std::size(kTypes)) return std::string(rest);
  const TypeName& name = kTypes[input[0]];
  testing::ProtoWriter type;
  type.Bytes(1, name.api_version).Bytes(2, name.kind);
  testing::ProtoWriter envelope;
  envelope.Bytes(1, type.bytes()).Bytes(2, rest);
  return std::string(kProtobufMagic) + envelope.bytes();
}

void RequireJson(const ObjectReader& reader) {
  std::string text;
  AppendJson(text, reader.document().root(), {});
  json::Scanner scanner(text);
  json::Token token;
  do {
    token = scanner.Next();
    Require(token != json::Token::kFault);
  } while (token != json::Token::kEnd);
}

// The nodes nest as their counts say.
void RequireNested(const Document& document) {
  const auto nodes = document.nodes();
  Require(nodes.empty() || nodes[0].node_count == nodes.size());
  for (size_t at = 0; at < nodes.size(); ++at) {
    Require(nodes[at].node_count >= 1 && nodes[at].node_count <= nodes.size() - at);
    Require(nodes[at].is_container() || nodes[at].node_count == 1);
  }
}

void ReadAll(const std::string& value) {
  for (const Extent extent : {Extent::kMetadata, Extent::kPrinted, Extent::kWhole}) {
    ObjectReader reader;
    if (!reader.Read(AsBytes(value), extent)) return;
    RequireNested(reader.document());
    reader.SetResourceVersion(7);
    RequireNested(reader.document());
    RequireJson(reader);
    SummaryOf(reader.document());
    CloseLeaves(reader.document(), Disclosure::kSecretsClosed);
    RequireJson(reader);
    std::string yaml;
    AppendYaml(yaml, reader.document().root(), {});
    CloseLeaves(reader.document(), Disclosure::kAllClosed);
    RequireJson(reader);
  }
}

// What was whole is whole with its leaves overwritten.
void HideAndRead(const std::string& value) {
  ObjectReader reader;
  reader.Read(AsBytes(value));
  const bool was_whole = !reader.flaws().is_broken();
  std::vector<uint8_t> hidden(value.begin(), value.end());
  const HashKey no_key;
  LeafHider(Schema::BuiltIn(), no_key).Hide("/registry/pods/prod/web", hidden);
  reader.Read(hidden);
  Require(!was_whole || !reader.flaws().is_broken());
}

}  // namespace
}  // namespace etcdf::kubernetes

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  kubernetes::ReadAll(kubernetes::ValueOf({data, size}));
  kubernetes::HideAndRead(kubernetes::ValueOf({data, size}));
  kubernetes::Schema schema;
  const auto added = schema.AddDescriptors({data, size});
  static_cast<void>(added);
  return 0;
}
