// JSON as part of a document: whole values, and the pieces of JSON that protobuf messages hold.
#pragma once

#include <cstdint>
#include <string_view>

#include "kubernetes/document.h"
#include "kubernetes/flaws.h"

namespace etcdf::kubernetes {

enum class Extent : uint8_t {
  kWhole,
  kPrinted,   // whole, but what managers own stays JSON: for printing as JSON
  kMetadata,  // what a summary tells: apiVersion, kind, names, times and managers
};

// The name under which a document keeps what could not be read any more.
inline constexpr std::string_view kRest = "@rest";

// The length of the object at the front of `text` if it is one of objects alone, as managers'
// fields are, on one line and in printable ASCII; else 0.
size_t PlainFieldsLength(std::string_view text);

// Adds the value that `text` is, with the name `name`; members of objects in the order of their
// names. `offset`: of the text in the stored value, for flaws. Where the text breaks, what was open
// is closed, and the rest added to the innermost object, as bytes, under kRest; false then.
bool AddJson(Document& document, Flaws& flaws, std::string_view name, std::string_view text,
             size_t offset, Extent extent = Extent::kWhole);

}  // namespace etcdf::kubernetes
