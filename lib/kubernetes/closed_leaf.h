// What a closed leaf still tells.
#pragma once

#include <cstdint>
#include <string>

#include "checksum/keyed_hash.h"
#include "kubernetes/document.h"

namespace etcdf::kubernetes {

struct ClosedLeaf {
  uint64_t bytes = 0;
  std::string id = {};  // 16 hex digits
};

// A text in base64, as JSON holds bytes, counts as the bytes, so that a secret has one id in every
// form of storage.
ClosedLeaf CloseLeaf(const Node& leaf, const HashKey& ids);

}  // namespace etcdf::kubernetes
