// A zero-copy reader of protobuf's wire format, strict in the way etcd's own decoders are.
//
// It serves the hot envelopes (WAL record, raft entry, stored key-value) and the schema-driven
// reader of requests (raft/message.h). It accepts and refuses what the decoders that gogo/protobuf
// generates for etcd 3.0 to 3.6 accept and refuse, because etcd itself decides by a refusal whether
// an entry is a v3 request or an old v2 one (raft/payload.h):
//   * a varint has at most 10 bytes; bits beyond 64 are dropped;
//   * field number 0 and a group end outside a group are errors;
//   * unknown fields are skipped, groups included; wire types 6 and 7 are errors.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace etcdf::wire {

enum class Type : uint8_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kGroupBegin = 3,
  kGroupEnd = 4,
  kFixed32 = 5,
};

// One field as it stands in the message. `value` holds a varint or fixed number, `bytes` a
// length-delimited payload (a view), `raw` the field whole with its tag.
struct Field {
  uint32_t number = 0;
  Type type = Type::kVarint;
  uint64_t value = 0;
  Bytes bytes = {};
  Bytes raw = {};
};

class Reader {
 public:
  explicit Reader(Bytes message)
      : begin_(message.data()), at_(message.data()), end_(message.data() + message.size()) {}

  // Reads the next field. False at the end of the message or at the first malformed byte: ok()
  // tells which, and offset() where.
  bool Next(Field& field) {
    if (at_ == end_) return false;
    const uint8_t* const field_begin = at_;
    uint64_t tag = 0;
    if (!Varint(tag)) return false;
    // gogo truncates the field number to 32 bits signed, then refuses what is not positive.
    const auto number = static_cast<int32_t>(tag >> 3);
    if (number <= 0) return Malformed();
    field.number = static_cast<uint32_t>(number);
    field.type = static_cast<Type>(tag & 7);
    switch (field.type) {
      case Type::kVarint:
        if (!Varint(field.value)) return false;
        break;
      case Type::kBytes: {
        uint64_t length = 0;
        if (!Varint(length)) return false;
        if (length > static_cast<uint64_t>(end_ - at_)) return Malformed();
        field.bytes = Bytes(at_, length);
        at_ += length;
        break;
      }
      default:
        if (!Uncommon(field)) return false;
    }
    field.raw = Bytes(field_begin, static_cast<size_t>(at_ - field_begin));
    return true;
  }

  bool ok() const { return ok_; }
  // Bytes from the start of the message: the end, or the place of the error.
  uint64_t offset() const { return static_cast<uint64_t>(at_ - begin_); }

 private:
  bool Varint(uint64_t& value) {
    if (at_ != end_ && *at_ < 0x80) {
      value = *at_++;
      return true;
    }
    return LongVarint(value);
  }

  bool LongVarint(uint64_t& value);
  bool Uncommon(Field& field);
  bool SkipGroup();
  bool Malformed() {
    ok_ = false;
    return false;
  }

  const uint8_t* begin_;
  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_ = true;
};

}  // namespace etcdf::wire
