#include "mvcc/schema.h"

#include <array>

#include "wire/reader.h"

namespace etcdf::mvcc {

RowMessage RowMessageOf(std::string_view bucket) {
  if (bucket == kKeyBucket) return {.schema = &raft::KeyValueSchema()};
  if (bucket == kLeaseBucket) return {.schema = &raft::LeaseSchema()};
  if (bucket == kAuthUsersBucket) return {.schema = &raft::UserSchema()};
  if (bucket == kAuthRolesBucket) return {.schema = &raft::RoleSchema()};
  if (bucket == kAlarmBucket) return {.schema = &raft::AlarmMemberSchema(), .is_key = true};
  return {};
}

std::optional<uint64_t> DecodeNumber(Bytes bytes) {
  if (bytes.size() != 8) return std::nullopt;
  return LoadBe64(bytes.data());
}

std::optional<Lease> DecodeLease(Bytes value) {
  Lease lease;
  wire::Reader reader(value);
  wire::Field field;
  while (reader.Next(field)) {
    if (field.number > 3) continue;
    if (field.type != wire::Type::kVarint) return std::nullopt;
    const auto number = static_cast<int64_t>(field.value);
    switch (field.number) {
      case 1: lease.id = number; break;
      case 2: lease.ttl_seconds = number; break;
      default: lease.remaining_ttl_seconds = number; break;
    }
  }
  if (!reader.ok()) return std::nullopt;
  return lease;
}

std::optional<uint64_t> CountRows(const backend::Database& database, std::string_view bucket) {
  const auto opened = database.Open(AsBytes(bucket));
  if (!opened) {
    return database.names_are_whole() ? std::optional<uint64_t>(0) : std::nullopt;
  }
  FindingList unheard;  // who reads the rows reports their damage
  bool is_whole = opened->is_whole();
  std::array<backend::Row, 64> rows;
  uint64_t count = 0;
  for (const auto& scan : opened->Split(1, unheard)) {
    while (const size_t read = scan->Next(rows)) count += read;
    is_whole = is_whole && scan->findings().worst() != Severity::kDamage;
  }
  is_whole = is_whole && unheard.worst() != Severity::kDamage;
  return is_whole ? std::optional(count) : std::nullopt;
}

std::optional<Bytes> FindRow(const backend::Database& database, std::string_view bucket,
                             std::string_view key, FindingSink& findings) {
  const auto opened = database.Open(AsBytes(bucket));
  if (!opened) return std::nullopt;
  const auto cursor = opened->NewCursor(findings);
  if (!cursor->Seek(AsBytes(key)) || AsText(cursor->row().key) != key) return std::nullopt;
  return cursor->row().value;
}

}  // namespace etcdf::mvcc
