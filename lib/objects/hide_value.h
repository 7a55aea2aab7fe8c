// Stored values, made fit to be handed to strangers: of the same size, with nothing in them.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "objects/decoder.h"

namespace etcdf::objects {

// Overwrites the leaves of an object (kubernetes/hide_leaves.h), and other values as a whole. Of
// one that is encrypted at rest stays what names its key.
void HideValue(const Tools& tools, Bytes key, std::span<uint8_t> value);

}  // namespace etcdf::objects
