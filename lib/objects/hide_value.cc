#include "objects/hide_value.h"

#include "kubernetes/hide_leaves.h"
#include "kubernetes/leaf_filler.h"
#include "wire/reader.h"

namespace etcdf::objects {
namespace {

// KMS v2 has the id of its key among what it encrypted: field 2 of kmstypes.EncryptedObject.
void HideAllButKeyId(const kubernetes::LeafHider& hider, std::span<uint8_t> payload) {
  wire::Reader reader(payload);
  for (wire::Field field; reader.Next(field);) {
    if (field.number == 2 || field.type != wire::Type::kBytes) continue;
    hider.HideWhole(kubernetes::Within(payload, field.bytes));
  }
}

}  // namespace

void HideValue(const Tools& tools, Bytes key, std::span<uint8_t> value) {
  const kubernetes::LeafHider hider(tools.schema(), tools.ids());
  const auto sealed = encryption::Recognise(value, tools.config());
  if (!sealed) return hider.Hide(AsText(key), value);
  const std::span<uint8_t> payload = kubernetes::Within(value, sealed->payload);
  if (sealed->key_id.empty()) return hider.HideWhole(payload);
  HideAllButKeyId(hider, payload);
}

}  // namespace etcdf::objects
