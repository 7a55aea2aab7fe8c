// The scalars of a JSON document, each with the names that lead to it.
//
// etcd keeps its membership as JSON in places: rows of the database, contexts of configuration
// changes, the v2 store in .snap files, which can be many megabytes. What is needed of them is a
// handful of strings and numbers; no tree is built, and nesting costs no recursion.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace etcdf::member {

struct JsonScalar {
  std::string_view text;           // of a string
  std::optional<uint64_t> number;  // a whole one that is not negative, exact to 64 bits
  bool is_true = false;
};

// `path`: the names from the outermost object inwards. The elements of an array come one after the
// other with the array's own path.
using JsonVisitor = std::function<void(std::span<const std::string> path, const JsonScalar&)>;

// False if `document` is not JSON (RFC 8259, in UTF-8); what stood before the fault was visited.
bool WalkJson(Bytes document, const JsonVisitor& visit);

}  // namespace etcdf::member
