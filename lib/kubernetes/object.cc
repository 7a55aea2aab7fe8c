#include "kubernetes/object.h"

#include "kubernetes/cbor_form.h"

namespace etcdf::kubernetes {

std::string_view MediaName(Media media) {
  switch (media) {
    case Media::kProtobuf: return "protobuf";
    case Media::kJson: return "json";
    case Media::kCbor: return "cbor";
    case Media::kOther: break;
  }
  return "other";
}

Media MediaOf(Bytes value) {
  const std::string_view text = AsText(value);
  if (text.starts_with(kProtobufMagic)) return Media::kProtobuf;
  if (text.starts_with(kCborMagic)) return Media::kCbor;
  return text.starts_with('{') ? Media::kJson : Media::kOther;
}

Summary SummaryOf(const Document& document) {
  if (document.empty()) return {};
  const Node* const root = &document.root();
  const Node* const metadata = Member(root, "metadata");
  Summary summary{.api_version = TextOf(root, "apiVersion"),
                  .kind = TextOf(root, "kind"),
                  .name_space = TextOf(metadata, "namespace"),
                  .name = TextOf(metadata, "name"),
                  .uid = TextOf(metadata, "uid"),
                  .created = TextOf(metadata, "creationTimestamp"),
                  .last_change = {}};
  const Node* const managers = Member(metadata, "managedFields");
  if (managers == nullptr || managers->kind != NodeKind::kArray) return summary;
  for (const Node& manager : Children(*managers)) {
    // Times of one form are in the order of their characters.
    const std::string_view time = TextOf(&manager, "time");
    if (summary.last_change && time < summary.last_change->time) continue;
    summary.last_change = {.manager = TextOf(&manager, "manager"),
                           .operation = TextOf(&manager, "operation"),
                           .subresource = TextOf(&manager, "subresource"),
                           .time = time};
  }
  return summary;
}

bool ObjectReader::Read(Bytes value, Extent extent) {
  document_.Clear();
  flaws_ = {};
  media_ = MediaOf(value);
  switch (media_) {
    case Media::kProtobuf: protobuf_.AddObject(value, extent); return true;
    case Media::kCbor: AddCbor(document_, flaws_, value); return true;
    case Media::kJson: AddJson(document_, flaws_, {}, AsText(value), 0, extent); return true;
    case Media::kOther: break;
  }
  return false;
}

void ObjectReader::SetResourceVersion(int64_t mod_revision) {
  if (document_.empty()) return;
  const Node* const metadata = Member(document_.root(), "metadata");
  if (metadata == nullptr || metadata->kind != NodeKind::kObject) return;
  document_.SetText(document_.IndexOf(*metadata), "resourceVersion",
                    document_.Keep(std::to_string(mod_revision)));
}

}  // namespace etcdf::kubernetes
