// JSON, read strictly (RFC 8259, in UTF-8). Hides the library that parses.
//
// There are two ways. Parse() makes a tree of a short text, such as the answer of a running member.
// Walk() visits the scalars of a long one: etcd keeps its membership as JSON in rows of the
// database, in contexts of configuration changes, and in the v2 store of .snap files, which can be
// many megabytes, of which a handful of strings and numbers is needed.
//
// Whoever wrote the text is not to be trusted with memory or stack: nesting costs no recursion, a
// tree is limited in depth and number of values, and the caller limits the length of the text.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace etcdf::json {

inline constexpr size_t kMaxDepth = 32;
inline constexpr size_t kMaxValues = 100'000;

// A value and all that is in it.
class Value {
 public:
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  Value() = default;  // null
  Value(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  Kind kind() const { return kind_; }

  // The member of an object; a null where there is none or this is no object, so that a path of
  // names needs one check at its end. Of two with one name the last, as Go's encoding/json has it.
  const Value& operator[](std::string_view name) const;

  // The values of an array, or the members of an object, in order. Empty for all else.
  const std::vector<Value>& items() const { return items_; }
  void Append(Value item) { items_.push_back(std::move(item)); }

  // Of a member of an object.
  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  // Each is nothing where the value is of another kind or does not fit. A whole number counts,
  // exactly, whether it stands there as a number or as a string of its digits: protobuf's JSON
  // writes 64-bit integers as strings, Go's encoding/json as numbers.
  std::optional<uint64_t> Unsigned() const;
  std::optional<int64_t> Signed() const;
  std::optional<bool> Bool() const;
  // Of a string. UTF-8, and may hold any character, NUL too.
  std::optional<std::string_view> Text() const;

 private:
  Kind kind_ = Kind::kNull;
  std::string text_;  // of a string its characters, of a number its digits, of a bool its word
  std::string name_;
  std::vector<Value> items_;
};

// Errors: kMalformed: not one JSON value with only white space around it, not UTF-8, or beyond the
// limits above.
Result<Value> Parse(std::string_view text);

struct Scalar {
  std::string_view text;           // of a string
  std::optional<uint64_t> number;  // a whole one that is not negative, exact to 64 bits
  bool is_true = false;
};

// `path`: the names from the outermost object inwards. The elements of an array come one after the
// other with the array's own path.
using Visitor = std::function<void(std::span<const std::string> path, const Scalar&)>;

// False if `text` is not JSON; what stood before the fault was visited.
bool Walk(std::string_view text, const Visitor& visit);

}  // namespace etcdf::json
