// JSON as part of a document: whole values, and the pieces of JSON that protobuf messages hold.
#pragma once

#include <cstdint>
#include <string_view>

#include "kubernetes/document.h"
#include "kubernetes/flaws.h"

namespace etcdf::kubernetes {

enum class Extent : uint8_t {
  kWhole,
  kMetadata,  // apiVersion, kind and metadata without the fields of managers
};

// The name under which a document keeps what could not be read any more.
inline constexpr std::string_view kRest = "@rest";

// Adds the value that `text` is, with the name `name`; members of objects in the order of their
// names. `offset`: of the text in the stored value, for flaws. Where the text breaks, what was open
// is closed, and the rest added to the innermost object, as bytes, under kRest; false then.
bool AddJson(Document& document, Flaws& flaws, std::string_view name, std::string_view text,
             size_t offset, Extent extent = Extent::kWhole);

}  // namespace etcdf::kubernetes
