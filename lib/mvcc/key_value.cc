#include "mvcc/key_value.h"

#include "wire/reader.h"

namespace etcdf::mvcc {

std::optional<KeyValue> ParseKeyValue(Bytes bytes) {
  KeyValue row;
  wire::Reader reader(bytes);
  wire::Field field;
  while (reader.Next(field)) {
    const bool is_bytes = field.number == 1 || field.number == 5;
    if (field.number > 6) continue;
    if (field.type != (is_bytes ? wire::Type::kBytes : wire::Type::kVarint)) return std::nullopt;
    const auto number = static_cast<int64_t>(field.value);
    switch (field.number) {
      case 1: row.key = field.bytes; break;
      case 2: row.create_revision = number; break;
      case 3: row.mod_revision = number; break;
      case 4: row.version = number; break;
      case 5: row.value = field.bytes; break;
      default: row.lease = number; break;
    }
  }
  if (!reader.ok()) return std::nullopt;
  return row;
}

}  // namespace etcdf::mvcc
