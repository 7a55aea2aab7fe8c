// The fields of the types of Kubernetes and OpenShift, as fields.txt lists them: constant tables
// that make_tables.py writes at build time. Everybody else asks schema.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace etcdf::kubernetes {

enum class Type : uint8_t {
  kString,
  kBytes,
  kBool,
  kInt32,
  kInt64,
  kUint32,
  kDouble,
  kMessage,
  // Of users' own types only.
  kUint64,
  kSint32,
  kSint64,
  kFixed32,
  kFixed64,
  kSfixed32,
  kSfixed64,
  kFloat,
};

// How a message prints in JSON where it is not an object of its fields.
enum class Form : uint8_t {
  kPlain,
  kTime,          // RFC 3339 with seconds, null where it is empty
  kMicroTime,     // with six digits
  kDuration,      // 1h2m3s
  kQuantity,      // its string
  kIntOrString,   // by field 1: 0 field 2, 1 field 3
  kJson,          // field 1 is JSON: FieldsV1, RawExtension, JSON of apiextensions
  kSchemaOrBool,  // field 2, a schema, or else field 1
  kSchemaOrList,  // field 2, a list, or else field 1, a schema
  kItems,         // the bare list, or map, of its only field
};

struct Message;

// Bits of Field::traits.
enum Trait : uint8_t {
  kRepeated = 1,
  kMap = 2,     // from string
  kInline = 4,  // the members of the message belong to the one around it
  // Absent from JSON where it is a zero scalar. A struct is never empty.
  kOmitEmpty = 8,
  kNullable = 16,      // present on the wire means present in JSON, zero or not
  kNullIfAbsent = 32,  // a nil list, map or pointer that JSON does not leave out
};

// Plain members: a compiler takes a minute for as many std::string_view.
struct Field {
  uint32_t number;
  uint32_t rank;  // in the order of the bytes of all names
  const char* name_begin;
  const Message* message;  // of kMessage; null where the table does not have it
  uint16_t name_length;
  Type type;
  uint8_t traits;

  std::string_view name() const { return {name_begin, name_length}; }
  bool Is(Trait trait) const { return (traits & trait) != 0; }
};

struct Message {
  const char* name_begin;
  const Field* field_begin;
  uint16_t name_length;
  uint16_t field_count;
  Form form;
  bool has_nulls;  // a field is kNullIfAbsent

  std::string_view name() const { return {name_begin, name_length}; }  // "k8s.io.api.core.v1.Pod"
  std::span<const Field> fields() const { return {field_begin, field_count}; }  // by number
};

// Ranks below this one are those of fields without a name: their numbers.
inline constexpr uint32_t kFirstNamedRank = uint32_t{1} << 30;
inline constexpr uint32_t kRankStep = 1 << 12;
constexpr uint32_t RankAt(uint32_t place) { return kFirstNamedRank + (place + 1) * kRankStep; }

// Ascending by name.
std::span<const Message> BuiltInMessages();
// The names of fields in their order: the rank of the i-th is RankAt(i).
std::span<const char* const> BuiltInNames();

}  // namespace etcdf::kubernetes
