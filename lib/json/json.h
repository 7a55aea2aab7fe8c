// JSON, read strictly (RFC 8259): the answers of a running member, and the rows of etcd's buckets
// that hold JSON. Hides the library that parses.
//
// Whoever wrote the text is not to be trusted with memory or stack: depth and number of values are
// limited, and the caller limits the length of the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace etcdf::json {

inline constexpr size_t kMaxDepth = 32;
inline constexpr size_t kMaxValues = 100'000;

// A value and all that is in it.
class Value {
 public:
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
  struct Item;

  Value() = default;  // null
  Value(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  Kind kind() const { return kind_; }

  // The member of an object; a null where there is none or this is no object, so that a path of
  // names needs one check at its end. Of two with one name the last, as Go's encoding/json has it.
  const Value& operator[](std::string_view name) const;

  // The values of an array, or the members of an object, in order. Empty for all else.
  const std::vector<Item>& items() const { return items_; }
  void Append(std::string name, Value value);

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
  std::vector<Item> items_;
};

struct Value::Item {
  std::string name;  // in an object
  Value value;
};

// Errors: kMalformed: not one JSON value with only white space around it, not UTF-8, or beyond the
// limits above.
Result<Value> Parse(std::string_view text);

}  // namespace etcdf::json
