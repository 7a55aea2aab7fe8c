#include "objects/json.h"

#include <string>

#include "kubernetes/print.h"

namespace etcdf::objects {
namespace {

void TextOrNull(output::JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) return json.Text(name, text);
  json.Name(name);
  json.Null();
}

}  // namespace

void WriteSummary(output::JsonWriter& json, const Decoded& decoded) {
  const kubernetes::Summary& summary = decoded.summary;
  json.Text("media", kubernetes::MediaName(decoded.media));
  json.Text("provider", encryption::ProviderName(decoded.provider()));
  TextOrNull(json, "provider_key", decoded.sealed ? decoded.sealed->key_name : "");
  if (decoded.sealed && !decoded.sealed->key_id.empty()) {
    json.Text("kms_key_id", decoded.sealed->key_id);
  }
  json.Bool("opened", decoded.is_open());
  TextOrNull(json, "api_version", summary.api_version);
  TextOrNull(json, "kind", summary.kind);
  TextOrNull(json, "namespace", summary.name_space);
  TextOrNull(json, "name", summary.name);
  TextOrNull(json, "uid", summary.uid);
  TextOrNull(json, "created", summary.created);
  json.Name("last_changed");
  if (!summary.last_change) return json.Null();
  json.BeginObject();
  json.Text("manager", summary.last_change->manager);
  json.Text("operation", summary.last_change->operation);
  TextOrNull(json, "subresource", summary.last_change->subresource);
  TextOrNull(json, "time", summary.last_change->time);
  json.EndObject();
}

void WriteDocument(output::JsonWriter& json, const Decoded& decoded, const HashKey& ids) {
  if (decoded.document == nullptr) {
    json.Name("object");
    return json.Null();
  }
  std::string text;
  kubernetes::AppendJson(text, decoded.document->root(), ids);
  json.Raw("object", text);
}

}  // namespace etcdf::objects
