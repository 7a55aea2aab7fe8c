// YAML of short texts, such as configurations that people write, as the tree that JSON makes. Hides
// the library that parses.
#pragma once

#include <string_view>

#include "base/result.h"
#include "json/json.h"

namespace etcdf::yaml {

// The first document. Scalars are strings but for an empty one, ~ and null; anchors are not
// followed.
//
// Errors: kMalformed: not YAML, with an alias, or beyond the limits of json.h.
Result<json::Value> Parse(std::string_view text);

}  // namespace etcdf::yaml
