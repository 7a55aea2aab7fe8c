#include "kubernetes/hide_leaves.h"

#include "kubernetes/hide_forms.h"
#include "kubernetes/object.h"

namespace etcdf::kubernetes {

void LeafHider::Hide(std::string_view key, std::span<uint8_t> value) const {
  const LeafFiller filler(ids_, key);
  switch (MediaOf(value)) {
    case Media::kOther: return filler.Fill(value);
    case Media::kProtobuf: return HideProtobuf(filler, schema_, value);
    case Media::kJson: return HideJson(filler, value, JsonPart::kObject);
    case Media::kCbor: return HideCbor(filler, value);
  }
}

void LeafHider::HideWhole(std::span<uint8_t> bytes) const { LeafFiller(ids_, {}).Fill(bytes); }

}  // namespace etcdf::kubernetes
