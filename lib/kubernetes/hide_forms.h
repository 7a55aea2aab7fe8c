// How leaves are overwritten in each form of storage: see hide_leaves.h.
#pragma once

#include <cstdint>
#include <span>

#include "kubernetes/leaf_filler.h"
#include "kubernetes/schema.h"

namespace etcdf::kubernetes {

// `value` begins with kProtobufMagic.
void HideProtobuf(const LeafFiller& filler, const Schema& schema, std::span<uint8_t> value);

enum class JsonPart : uint8_t {
  kObject,  // a stored value
  kFields,  // what a manager owns
  kOther,   // within another value
};
void HideJson(const LeafFiller& filler, std::span<uint8_t> text, JsonPart part);

// `value` begins with kCborMagic.
void HideCbor(const LeafFiller& filler, std::span<uint8_t> value);

}  // namespace etcdf::kubernetes
