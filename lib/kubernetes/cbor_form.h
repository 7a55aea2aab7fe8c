// CBOR as part of a document (RFC 8949), as Kubernetes writes custom resources behind a gate:
// names and texts are byte strings, members come in any order, floats may have half precision.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "kubernetes/document.h"
#include "kubernetes/flaws.h"

namespace etcdf::kubernetes {

// The tag of CBOR that says so of itself, with which stored values begin.
inline constexpr std::string_view kCborMagic("\xd9\xd9\xf7", 3);

// Adds the value that `value` is; members of objects in the order of their names. Where it breaks,
// what was open is closed, and the rest added as bytes under kRest.
void AddCbor(Document& document, Flaws& flaws, Bytes value);

}  // namespace etcdf::kubernetes
