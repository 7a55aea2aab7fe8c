// An object as a manifest: what a cluster says of it is taken out, so that another, or the same one
// later, takes it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "kubernetes/document.h"

namespace etcdf::kubernetes {

struct Dropped {
  uint64_t members = 0;           // status, and of metadata: managedFields, resourceVersion, uid
  uint64_t owner_references = 0;  // to objects that are gone
};

// `is_gone`: whether no object with this uid is there. An owner that is not there would have the
// object collected as garbage.
Dropped MakeManifest(Document& document, const std::function<bool(std::string_view uid)>& is_gone);

}  // namespace etcdf::kubernetes
