#include "mvcc/key_value.h"

#include "wire/reader.h"

namespace etcdf::mvcc {
namespace {

// Reads the fields in the order in which etcd writes them, each at most once.
class OrderedReader {
 public:
  explicit OrderedReader(Bytes bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  bool at_end() const { return at_ == end_; }

  // The field with this tag of one byte, if it is the next. What is cut short or long is left for
  // the general reader to judge.
  void Number(uint8_t tag, int64_t& value) {
    uint64_t read = 0;
    if (Varint(tag, read)) value = static_cast<int64_t>(read);
  }
  void Text(uint8_t tag, Bytes& value) {
    const uint8_t* const begin = at_;
    uint64_t length = 0;
    if (!Varint(tag, length)) return;
    if (length > static_cast<uint64_t>(end_ - at_)) {
      at_ = begin;
      return;
    }
    value = Bytes(at_, length);
    at_ += length;
  }

 private:
  bool Varint(uint8_t tag, uint64_t& value) {
    if (at_ == end_ || *at_ != tag) return false;
    const uint8_t* next = at_ + 1;
    for (unsigned shift = 0; next != end_ && shift < 63; shift += 7) {
      const uint8_t byte = *next++;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        at_ = next;
        return true;
      }
    }
    return false;
  }

  const uint8_t* at_;
  const uint8_t* end_;
};

// Any order, fields twice, fields unknown.
std::optional<KeyValue> ParseInAnyOrder(Bytes bytes) {
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

}  // namespace

std::optional<KeyValue> ParseKeyValue(Bytes bytes) {
  KeyValue row;
  OrderedReader reader(bytes);
  reader.Text(0x0a, row.key);
  reader.Number(0x10, row.create_revision);
  reader.Number(0x18, row.mod_revision);
  reader.Number(0x20, row.version);
  reader.Text(0x2a, row.value);
  reader.Number(0x30, row.lease);
  return reader.at_end() ? std::optional(row) : ParseInAnyOrder(bytes);
}

}  // namespace etcdf::mvcc
