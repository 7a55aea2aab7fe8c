#include "wal/record.h"

#include "wire/reader.h"

namespace etcdf::wal {
namespace {

// Field tags as etcd writes them: number << 3 | wire type.
constexpr uint8_t kTypeTag = 0x08;
constexpr uint8_t kCrcTag = 0x10;
constexpr uint8_t kDataTag = 0x1a;

std::optional<Record> DecodeInAnyOrder(Bytes message) {
  Record record;
  wire::Reader reader(message);
  wire::Field field;
  while (reader.Next(field)) {
    if (field.number == 1 || field.number == 2) {
      if (field.type != wire::Type::kVarint) return std::nullopt;
      if (field.number == 1) record.type = static_cast<RecordType>(field.value);
      if (field.number == 2) record.crc = static_cast<uint32_t>(field.value);
    } else if (field.number == 3) {
      if (field.type != wire::Type::kBytes) return std::nullopt;
      record.data = field.bytes;
    }
  }
  return reader.ok() ? std::optional(record) : std::nullopt;
}

// Reads a varint of at most `max_bytes`. False if it is longer or cut short.
bool TakeVarint(Bytes bytes, size_t& at, size_t max_bytes, uint64_t& value) {
  value = 0;
  for (size_t i = 0; i < max_bytes && at < bytes.size(); ++i) {
    const uint8_t byte = bytes[at++];
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace

std::optional<UnframedRecord> DecodeUnframedRecord(Bytes bytes) {
  if (bytes.size() < 4 || bytes[0] != kTypeTag || bytes[2] != kCrcTag) return std::nullopt;
  UnframedRecord found{.record = {.type = static_cast<RecordType>(bytes[1])}, .length_bytes = 0};
  if (!IsKnown(found.record.type)) return std::nullopt;
  size_t at = 3;
  uint64_t crc = 0;
  if (!TakeVarint(bytes, at, 5, crc) || crc > 0xffff'ffff) return std::nullopt;
  found.record.crc = static_cast<uint32_t>(crc);
  if (found.record.type != RecordType::kCrc) {
    uint64_t length = 0;
    if (at == bytes.size() || bytes[at++] != kDataTag) return std::nullopt;
    if (!TakeVarint(bytes, at, 8, length) || length > bytes.size() - at) return std::nullopt;
    found.record.data = bytes.subspan(at, length);
    at += length;
  }
  found.length_bytes = at;
  return found;
}

std::optional<Record> DecodeRecord(Bytes message) {
  // Every record that etcd writes has this form; the loop over fields is for what it does not
  // write.
  const auto usual = DecodeUnframedRecord(message);
  if (usual && usual->length_bytes == message.size()) return usual->record;
  return DecodeInAnyOrder(message);
}

}  // namespace etcdf::wal
